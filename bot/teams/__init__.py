"""Teams' way in: checked, understood, admitted, acknowledged with a placeholder."""
