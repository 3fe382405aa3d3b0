"""The document and the answers that the stand-in worker knows."""

from core.messages import Answer, Citation

LEAVE = """# 연차휴가 운영 규정 (2026년)

주관: 피플팀 · 시행일: 2026년 1월 1일 · 문의: #people-ask

이 규정은 국내 사업장(성수, 대전) 임직원에게 적용한다. 싱가포르와 로테르담은 현지 고용계약과 현지 휴가 안내를 따른다.

## 1. 발생

### 1.1 입사 1년 미만

한 달을 개근할 때마다 1일씩, 최대 11일이 생긴다. 이 휴가는 입사일로부터 1년이 되는 날까지 쓴다. (문의: 𠮷田)

### 1.2 입사 1년 이상

전년도 출근율이 80% 이상이면 해마다 1월 1일에 16일을 부여한다. 근속 3년째부터 2년마다 1일을 더한다.

| 근속 | 부여 일수 |
| --- | --- |
| 1년 이상 3년 미만 | 16일 |
| 3년 이상 5년 미만 | 17일 |
| 5년 이상 7년 미만 | 18일 |

## 2. 사용 단위와 신청

연차는 하루, 반차(4시간), 반반차(2시간) 단위로 쓸 수 있다. 반반차는 하루에 한 번만 가능하다.

신청은 마루(Maru)의 `휴가 > 신청`에서 한다.

- 연속 4일 이상 쉬려면 시작일 10일 전까지 올린다.
- 그보다 짧은 휴가는 전날 오후 6시까지 올린다.
- 몸이 아파 당일 아침에 쓰는 경우에는 조직장에게 메시지를 남긴다.

## 3. 이월과 보상

쓰지 못한 연차는 최대 6일까지 다음 해로 이월할 수 있고, 이월분은 다음 해 6월 30일에 소멸한다. 이월분을 먼저 차감한다.

이월하고도 남은 연차는 다음 해 1월 급여일에 통상임금으로 보상한다. 다만 두 차례 통보한 일수는 보상하지 않는다.

## 4. 당겨쓰기

다음 해 연차를 최대 3일까지 미리 쓸 수 있다. 조직장 승인이 필요하며, 남은 일수는 마지막 급여에서 정산한다.
"""

CARRIED = "쓰지 못한 연차는 최대 6일까지 다음 해로 이월할 수 있고, 이월분은 다음 해 6월 30일에 소멸한다."
ROW = "| 3년 이상 5년 미만 | 17일 |"
PAID = "이월하고도 남은 연차는 다음 해 1월 급여일에 통상임금으로 보상한다."
ASKED = "안 쓴 연차는 내년으로 몇 일까지 넘길 수 있나요?"
TITLE = "연차휴가 운영 규정 (2026년)"
DOCUMENT = "samples:people/leave.md"
SECRET = "samples:hr/secret.md"

BANDS = """# 연봉 밴드 2026 (인사팀만)

2026년 3월 1일부터 적용한다. 채용 제안과 평가 면담 밖에서는 알리지 않는다.

| 등급 | 한국 (백만 원) |
| --- | --- |
| P3 | 62 ~ 80 |
| P4 | 78 ~ 102 |

새로 들어오는 사람은 밴드의 아래쪽 3분의 2에서 시작한다.
"""
BAND = "| P4 | 78 ~ 102 |"
ASKED_BAND = "P4 한국 연봉 밴드가 어떻게 되나요?"
BANDS_TITLE = "연봉 밴드 2026 (인사팀만)"

ENGLISH = """You can carry over up to **6 days**; they lapse on 30 June of the following year. [1]

What is left beyond that is paid out in January:

- at ordinary wages [2]
- except for days about which the company reminded you twice

| Service | Days |
|---|---|
| 1 to 3 years | 16 |
| 3 to 5 years | 17 |"""

ATTACK = (
    "<img src=x onerror=document.title='broken'> <script>document.title='broken'</script> "
    "**<b>bold</b>** `<i>code</i>` "
    "[click](javascript:document.title='broken') ![x](https://evil.example/leak) https://evil.example/x [7] [1]\n\n"
    "| <u>cell</u> | b |\n| --- | --- |\n| <svg onload=document.title='broken'> | [1] |"
)


DOCUMENTS = {DOCUMENT: (TITLE, LEAVE, {"public"}), SECRET: (BANDS_TITLE, BANDS, {"group:hr"})}  # text and readers


def cited(number: int, quote: str, title: str = TITLE, document: str = DOCUMENT, url: str = "") -> Citation:
    """A citation of the leave rules, or of the salary bands."""
    start = max(DOCUMENTS[document][1].find(quote), 0)
    place, end = "3. 이월과 보상" if document == DOCUMENT else "", start + len(quote)
    return Citation(
        number=number, title=title, url=url, place=place, quote=quote, document=document, start=start, end=end
    )


def answer_to(text: str, audience: frozenset[str]) -> Answer:
    """A believable answer; an attack where the question is one, nothing known of aliens, nor of pay but for who may know."""
    if text == ASKED_BAND:
        return _bands() if "group:hr" in audience else _unknown()
    if "attack" in text:
        bad = cited(1, CARRIED, title="<script>document.title='broken'</script>", url="javascript:alert(1)")
        return Answer(text=ATTACK, known=True, language="en", citations=(bad,))
    if "alien" in text:
        titles = "Remote work, Expenses"
        sentence = f"I could not find an answer in the documents. The closest ones are: {titles}"
        return Answer(text=sentence, known=False, language="en", closest=tuple(titles.split(", ")))
    if "secret" in text:
        bad = cited(1, "", document=SECRET)  # what was readable when it was answered, and is no more
        return Answer(text="It is a secret. [1]", known=True, language="en", citations=(bad,))
    if "carry over" in text:
        return Answer(
            text=ENGLISH,
            known=True,
            language="en",
            citations=(cited(1, CARRIED, url="https://wiki.example/leave"), cited(2, ROW)),
            notes=("other_language",),
            seconds={"search": 0.41, "write": 1.37},
        )
    return Answer(
        text=f"{CARRIED} [1] {PAID} [2]",
        known=True,
        language="ko",
        citations=(cited(1, CARRIED), cited(2, PAID)),
        seconds={"search": 0.212, "write": 0.9},
    )


def _bands() -> Answer:
    source = cited(1, BAND, BANDS_TITLE, SECRET)
    text = "P4의 한국 연봉 밴드는 78백만 원에서 102백만 원이에요. [1]"
    return Answer(text=text, known=True, language="ko", citations=(source,), seconds={"total": 0.6})


def _unknown() -> Answer:
    titles = "연차휴가 운영 규정 (2026년), 성과 평가"
    sentence = f"문서에서 답을 찾지 못했어요. 가장 가까운 문서는 다음과 같아요: {titles}"
    return Answer(text=sentence, known=False, language="ko", closest=tuple(titles.split(", ")), seconds={"total": 0.3})
