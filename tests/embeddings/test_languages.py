"""Languages: told by script and function words, in sentences written for this test."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.function_words import FUNCTION_WORDS
from embeddings.languages import LANGUAGES, knows_only_english, knows_script, language_of
from tests.fakes import BagOfWords, fake_model

SENTENCES = {
    "english": "The ferry was late because the captain had lost his keys in the harbour.",
    "german": "Die Fähre war verspätet, weil der Kapitän seine Schlüssel im Hafen verloren hatte.",
    "french": "Le bateau était en retard parce que le capitaine avait perdu ses clés dans le port.",
    "spanish": "El barco llegó tarde porque el capitán había perdido sus llaves en el puerto.",
    "italian": "Il traghetto era in ritardo perché il capitano aveva perso le chiavi nel porto.",
    "portuguese": "A balsa se atrasou porque o capitão tinha perdido as chaves no porto.",
    "dutch": "De veerboot was te laat omdat de kapitein zijn sleutels in de haven had verloren.",
    "danish": "Færgen var forsinket, fordi kaptajnen havde mistet sine nøgler ude i havnen.",
    "swedish": "Färjan var försenad eftersom kaptenen hade tappat sina nycklar vid hamnen.",
    "norwegian": "Ferga ble forsinket fordi kapteinen ikke hadde med seg nøklene da han dro.",
    "finnish": "Lautta oli myöhässä, koska kapteeni ei ollut löytänyt avaimia ennen lähtöä.",
    "hungarian": "A komp késett, mert a kapitány elvesztette a kulcsait, és nem volt másik.",
    "romanian": "Feribotul a întârziat pentru că toate cheile erau pierdute de căpitan în port.",
    "turkish": "Kaptan anahtarlarını limanda kaybetti ve bulamadı, bu yüzden feribot geç kaldı.",
    "polish": "Prom się spóźnił, ponieważ kapitan zgubił klucze w porcie i nie było innych.",
    "czech": "Trajekt měl zpoždění, protože kapitán ztratil klíče, které byly v přístavu.",
    "russian": "Паром опоздал, потому что капитан потерял ключи и не мог их найти.",
    "ukrainian": "Пором запізнився, тому що капітан загубив ключі і не міг їх знайти.",
    "bulgarian": "Фериботът закъсня, защото капитанът беше загубил ключовете си на кея.",
    "arabic": "تأخرت العبارة لأن القبطان فقد مفاتيحه في الميناء ولم يجد غيرها بعد ذلك",
    "persian": "کشتی دیر رسید چون ناخدا کلیدهای خود را در بندر گم کرده بود",
    "greek": "Το πλοίο άργησε γιατί ο καπετάνιος έχασε τα κλειδιά του στο λιμάνι.",
    "hebrew": "המעבורת איחרה כי הקברניט איבד את המפתחות שלו בנמל",
    "armenian": "Լաստանավը ուշացավ, քանի որ նավապետը կորցրել էր բանալիները։",
    "georgian": "ბორანმა დააგვიანა, რადგან კაპიტანმა გასაღები დაკარგა.",
    "hindi": "नाव देर से आई क्योंकि कप्तान की चाबियाँ बंदरगाह में खो गई थीं।",
    "bengali": "ফেরিটি দেরিতে এসেছিল কারণ ক্যাপ্টেন চাবি হারিয়ে ফেলেছিলেন।",
    "tamil": "கப்பல் தாமதமாக வந்தது, ஏனெனில் தலைவர் சாவியை இழந்தார்.",
    "telugu": "కెప్టెన్ తాళాలు పోగొట్టుకోవడంతో పడవ ఆలస్యమైంది.",
    "thai": "เรือข้ามฟากมาสายเพราะกัปตันทำกุญแจหายที่ท่าเรือ",
    "korean": "선장이 항구에서 열쇠를 잃어버려서 배가 늦었다.",
    "chinese": "渡轮晚点了，因为船长在港口丢了钥匙。",
    "japanese": "船長が港で鍵をなくしたので、フェリーは遅れた。",
}
QUESTIONS = {
    "english": "When did the ferry arrive?",
    "german": "Wann kam die Fähre an?",
    "french": "Quand est-ce que le bateau est arrivé ?",
    "spanish": "¿Cuándo llegó el barco?",
    "italian": "Quando è arrivato il traghetto?",
    "portuguese": "Quando é que a balsa chegou?",
    "dutch": "Wanneer kwam de veerboot aan?",
    "danish": "Hvornår kom færgen?",
    "swedish": "När kom färjan?",
    "norwegian": "Når kom ferga, og hva ble sagt?",
    "finnish": "Milloin lautta saapui?",
    "hungarian": "Mikor érkezett meg a komp?",
    "romanian": "Când a ajuns feribotul?",
    "turkish": "Feribot ne zaman geldi?",
    "polish": "Kiedy przypłynął prom?",
    "czech": "Kdy připlul trajekt?",
    "russian": "Когда пришёл паром?",
    "ukrainian": "Коли прибув пором?",
    "bulgarian": "Кога пристигна фериботът?",
    "arabic": "متى وصلت العبارة؟",
    "persian": "کشتی کی رسید و چرا؟",
}
unhurried = settings(deadline=None, max_examples=50)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_tells_its_language(language):
    assert language_of(SENTENCES[language]) == language
    assert language_of(SENTENCES[language].upper()) == language


@pytest.mark.parametrize("language", QUESTIONS)
def test_a_short_question_tells_its_language(language):
    assert language_of(QUESTIONS[language]) == language


@pytest.mark.parametrize(
    "text",
    ["", " ", "42", "!?", "Geneva", "Orr, Agnes", "a x b", "T(n) = S", "x1 y2 z3", "ᚠᚢᚦ", "𝄞"],
)
def test_what_tells_no_language_has_none(text):
    assert language_of(text) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("He sang “La vie en rose” and “Je ne regrette rien” to the crew of the ship.", "english"),
        ("Der Kapitän las in “The Old Man and the Sea”, bis das Schiff im Hafen war.", "german"),
        ("東京タワーは1958年に完成した。", "japanese"),
        ("東京とは日本的首都，位于关东地区南部，是全国的政治和经济中心城市。", "chinese"),
        ("Программа Windows была установлена на компьютер и не работает.", "russian"),
    ],
)
def test_a_text_that_quotes_another_language_keeps_its_own(text, language):
    assert language_of(text) == language


@pytest.mark.parametrize("language", FUNCTION_WORDS)
def test_the_lists_are_of_known_languages_in_small_letters(language):
    assert language in LANGUAGES
    for word in FUNCTION_WORDS[language]:
        assert word == word.lower()


@unhurried
@given(st.text(max_size=200))
def test_any_text_has_a_known_language_or_none(text):
    assert language_of(text) in (*LANGUAGES, None)
    assert language_of(text) == language_of(text)


@unhurried
@given(
    st.lists(st.sampled_from([*SENTENCES.values(), "\n", "7", "-"]), max_size=8).map(" ".join),
)
def test_a_mixed_text_has_one_of_its_languages_or_none(text):
    mixed = {language for language, sentence in SENTENCES.items() if sentence in text}
    assert language_of(text) in {*mixed, None}


def test_only_the_beginning_of_a_long_text_is_looked_at():
    long = f"{SENTENCES['german']} " * 100
    assert language_of(long + SENTENCES["thai"] * 100_000) == "german"


@pytest.mark.parametrize(
    ("model", "is_english"),
    [
        ("all-MiniLM-L6-v2", True),
        ("sentence-transformers/all-MiniLM-L6-v2", True),
        ("paraphrase-multilingual-MiniLM-L12-v2", False),
        ("/models/all-MiniLM-L6-v2", False),
    ],
)
def test_of_the_default_model_it_is_known_that_it_knows_english_alone(model, is_english):
    assert knows_only_english(model) == is_english


def test_a_script_whose_letters_are_tokens_is_not_known(compiled):
    assert knows_script(compiled, SENTENCES["english"])
    assert knows_script(compiled, SENTENCES["german"])
    for language in ("russian", "arabic", "chinese", "thai"):
        assert not knows_script(compiled, SENTENCES[language])


def test_a_text_without_letters_is_in_no_unknown_script():
    assert knows_script(BagOfWords(fake_model()), "")
