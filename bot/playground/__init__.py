"""The page on the bot's own address: hears questions from a browser on this machine and shows their answers live."""
