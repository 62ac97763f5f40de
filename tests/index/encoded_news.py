"""Invented news of an invented town, in the languages that old encodings were made for."""

NEWS = {
    "zh": (
        "示例镇港口在修理九天之后，于星期五重新开放。中午之前有两班渡轮出发，船上坐满了游客。镇长说，工程比计划提前了三天完成。"
    ),
    "zh-tw": (
        "示例鎮港口在修理九天之後，於星期五重新開放。中午之前有兩班渡輪出發，船上坐滿了遊客。鎮長說，工程比計畫提前了三天完成。"
    ),
    "ja": (
        "見本町の港は九日間の修理を終え、金曜日に再開した。正午までにフェリー二便が出港し、観光客で満席だった。町長は工"
        "事が予定より早く終わったと述べた。"
    ),
    "ko": (
        "견본읍 항구가 아흐레 동안의 수리를 마치고 금요일에 다시 열렸다. "
        "정오 전에 여객선 두 척이 떠났고 배에는 관광객이 가득했다. "
        "읍장은 공사가 예정보다 일찍 끝났다고 말했다."
    ),
    "ru": (
        "Порт Примерного Города вновь открылся в пятницу после девяти дней ремонта. "
        "До полудня ушли два парома, полные туристов. "
        "Мэр сказал, что работы закончились раньше срока."
    ),
    "pl": (
        "Port w Przykładowie otwarto ponownie w piątek po dziewięciu dniach napraw. "
        "Przed południem odpłynęły dwa promy pełne turystów. "
        "Burmistrz powiedział, że prace zakończyły się wcześniej, niż zakładano."
    ),
    "cs": (
        "Přístav v Příkladově byl v pátek po devíti dnech oprav znovu otevřen. "
        "Před polednem odpluly dva trajekty plné turistů. "
        "Starosta řekl, že práce skončily dříve, než se čekalo."
    ),
    "fr": (
        "Le port d’Exempleville a rouvert vendredi après neuf jours de réparations. "
        "Deux ferries pleins de touristes sont partis avant midi. "
        "Le maire a déclaré que les travaux s’étaient achevés plus tôt que prévu."
    ),
    "de": (
        "Der Hafen von Beispielstadt öffnete am Freitag nach neun Tagen wieder. "
        "Zwei Fähren voller Gäste liefen vor Mittag aus. "
        "Die Bürgermeisterin sagte, die Arbeiten seien früher fertig geworden als geplant."
    ),
    "en": (
        "The harbour of Example Town reopened on Friday – nine days late. "
        "“We’re glad,” said the mayor, “and so is the ferry’s crew.”"
    ),
    "tr": (
        "Örnek Kasabası limanı dokuz günlük onarımın ardından cuma günü yeniden açıldı. "
        "Öğleden önce turist dolu iki feribot ayrıldı. "
        "Belediye başkanı çalışmaların planlanandan önce bittiğini söyledi."
    ),
    "el": (
        "Το λιμάνι της Παραδειγματούπολης άνοιξε ξανά την Παρασκευή μετά από εννέα μέρες επισκευών. "
        "Δύο πλοία γεμάτα τουρίστες έφυγαν πριν από το μεσημέρι."
    ),
}
WRITTEN = [
    ("zh", "gb18030", "gb18030"), ("zh-tw", "big5", "big5"), ("ja", "cp932", "shift_jis"), ("ja", "euc_jp", "euc-jp"),
    ("ko", "euc_kr", "euc-kr"), ("ru", "koi8_r", "koi8-r"), ("ru", "cp1251", "windows-1251"), ("pl", "iso8859_2", "iso-8859-2"),
    ("pl", "cp1250", "windows-1250"), ("cs", "iso8859_2", "iso-8859-2"), ("fr", "cp1252", "windows-1252"),
    ("de", "cp1252", "windows-1252"), ("en", "cp1252", "windows-1252"), ("tr", "cp1254", "windows-1254"),
    ("el", "cp1253", "windows-1253"), ("ja", "iso2022_jp", "iso-2022-jp"),
]  # fmt: skip
