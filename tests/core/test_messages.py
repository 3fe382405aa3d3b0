"""What an answer tells of itself."""

from core.messages import Answer, Citation


def cited(number: int, title: str, place: str = "") -> Citation:
    return Citation(number=number, title=title, url="", place=place, quote="q", document=title)


def test_a_list_of_sources_shows_each_place_once_with_all_its_marks():
    citations = (cited(1, "a"), cited(2, "b"), cited(3, "a"), cited(4, "a", "3. Pay"))
    answer = Answer(text="", known=True, language="en", citations=citations)
    assert [(marks, one.title, one.place) for marks, one in answer.sources] == [
        ("[1][3]", "a", ""),
        ("[2]", "b", ""),
        ("[4]", "a", "3. Pay"),
    ]


def test_only_what_says_something_of_the_documents_can_be_rated():
    def answer(**more: object) -> Answer:
        return Answer.model_validate({"text": "", "known": False, "language": "en", **more})

    assert not answer().rateable
    assert (
        answer(known=True).rateable and answer(closest=("a",)).rateable and answer(citations=(cited(1, "a"),)).rateable
    )
