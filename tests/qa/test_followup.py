"""A question that leans on the one before it is made whole; any other is left alone."""

import pytest

from qa.followup import rewrite

BRIDGE = "When was the Northgate bridge opened?"

LEANING = [
    (BRIDGE, "And when was it closed?", "When was the Northgate bridge closed?"),
    (BRIDGE, "Who paid for it?", "Who paid for the Northgate bridge?"),
    (BRIDGE, "And the tunnel?", "When was the tunnel opened? (about Northgate)"),
    (BRIDGE, "What about the Eastgate bridge?", "When was the Eastgate bridge opened?"),
    (BRIDGE, "How long is it?", "How long is the Northgate bridge?"),
    (BRIDGE, "Where are its plans kept?", "Where are the Northgate bridge's plans kept?"),
    (BRIDGE, "Who designed that bridge?", "Who designed the Northgate bridge?"),
    (BRIDGE, "When was that bridge painted?", "When was the Northgate bridge painted?"),
    (BRIDGE, "And who paid?", "Who paid? (about the Northgate bridge)"),
    (BRIDGE, "Tell me more", "Tell me more (about Northgate bridge opened)"),
    (BRIDGE, "Why was that?", "Why was the Northgate bridge opened?"),
    (
        "How many people lived in Astana in 2018?",
        "And in 2019?",
        "How many people lived in Astana in 2019?",
    ),
    (
        "How many people lived there in 2018?",
        "And in 2019?",
        "How many people lived there in 2019?",
    ),
    (
        "How many people lived in Astana?",
        "And in 2019?",
        "How many people lived in Astana in 2019?",
    ),
    (
        "How many people lived in Astana in 2018?",
        "What about Almaty?",
        "How many people lived in Almaty in 2018?",
    ),
    (
        "How many people lived in Astana in 2018?",
        "And in Almaty?",
        "How many people lived in Almaty in 2018?",
    ),
    (
        "How many people lived in Astana in 2018?",
        "Which river flows there?",
        "Which river flows in Astana?",
    ),
    ("How many people lived in Astana in 2018?", "Who was mayor then?", "Who was mayor in 2018?"),
    (
        "Who was the first keeper of the lighthouse?",
        "When did he die?",
        "When did the first keeper of the lighthouse die?",
    ),
    (
        "Who was the first keeper of the lighthouse?",
        "What did she write in her diary?",
        "What did the first keeper of the lighthouse write in her diary?",
    ),
    ("What was the theme of EXPO 2017?", "Where was it held?", "Where was EXPO 2017 held?"),
    (
        "When did Kazakhstan join the United Nations?",
        "Who is its president?",
        "Who is Kazakhstan's president?",
    ),
    (
        "When did Kazakhstan join the United Nations?",
        "And Uzbekistan?",
        "When did Uzbekistan join the United Nations?",
    ),
    (
        "What is the refund policy?",
        "How long does it last?",
        "How long does the refund policy last?",
    ),
    ("What is the refund policy?", "Does it cover shoes?", "Does the refund policy cover shoes?"),
    ("How does the refund policy work?", "Who wrote it?", "Who wrote the refund policy?"),
    ("When did the old keeper die?", "Where was he buried?", "Where was the old keeper buried?"),
    ("Who built the tower?", "How tall is it?", "How tall is the tower?"),
    ("Who built the tower?", "When?", "When? (about built tower)"),
    ("When was the tower closed?", "And why?", "Why was the tower closed?"),
    ('Who wrote "The Salt Road"?', "When was it published?", 'When was "The Salt Road" published?'),
    (
        "Can employees work from home?",
        "How many days can they take?",
        "How many days can employees take?",
    ),
    ("When was the Bank of England founded?", "Who runs it?", "Who runs the Bank of England?"),
    ("Where did Agnes Orr live?", "What was her profession?", "What was Agnes Orr's profession?"),
    ("Where did Agnes Orr live?", "Who knew her?", "Who knew Agnes Orr?"),
    (
        "How many keepers did the lighthouse have?",
        "Which one was the oldest?",
        "Which one was the oldest? (about keepers lighthouse)",
    ),
    (
        "How many keepers did the lighthouse have?",
        "And boats?",
        "How many boats did the lighthouse have?",
    ),
    ("Which keeper wrote nothing else?", "When did they leave?", "When did the keeper leave?"),
    ("Are there lifeboats on the ship?", "How many?", "How many? (about lifeboats ship)"),
    (
        "When was the Skerry Point lighthouse automated in 1987?",
        "And its lens?",
        "When was the Skerry Point lighthouse's lens automated in 1987?",
    ),
    (
        "How tall is Skerry Point lighthouse?",
        "And its lens?",
        "How tall is Skerry Point lighthouse's lens?",
    ),
    ("Who chaired the meeting in March?", "And in April?", "Who chaired the meeting in April?"),
    (
        "What does the contract say about overtime?",
        "And about holidays?",
        "What does the contract say about holidays?",
    ),
    ("Who leads the WHO?", "And where does it sit?", "Where does the WHO sit?"),
    ("When did World War II end?", "Who signed that?", "Who signed World War II?"),
    ("Where is the Palais des Nations?", "How old is it?", "How old is the Palais des Nations?"),
    (
        "How much does a ticket cost for adults?",
        "And for children?",
        "How much does a ticket cost for children?",
    ),
    (
        "How much does a ticket cost in summer?",
        "And in winter?",
        "How much does a ticket cost in winter?",
    ),
    (
        "What was the population of Kazakhstan in 1991?",
        "What about 2001?",
        "What was the population of Kazakhstan in 2001?",
    ),
    ("Is the museum open on Sundays?", "And on Mondays?", "Is the museum open on Mondays?"),
    ("Is the museum open on Sundays?", "How do I get there?", "How do I get to the museum?"),
    (
        "Who is Miroslav Jenča?",
        "What did he say about energy?",
        "What did Miroslav Jenča say about energy?",
    ),
    (
        "By when does Kazakhstan want to be carbon neutral?",
        "How will they do that?",
        "How will Kazakhstan do that? (about Kazakhstan want carbon neutral)",
    ),
    (
        "What does the warranty cover?",
        "How long does it last and who pays for it?",
        "How long does the warranty last and who pays for it?",
    ),
    ("What is the maximum file size?", "Can I change that?", "Can I change the maximum file size?"),
    (
        "What is the maximum file size?",
        "Does this limit apply to images?",
        "Does this limit apply to images? (about the maximum file size)",
    ),
    (
        "What is the maximum file size?",
        "More details please",
        "More details please (about maximum file size)",
    ),
    (
        "Which documents do I need for a visa?",
        "What if I lose them?",
        "What if I lose the documents?",
    ),
    (
        "Which documents do I need for a visa?",
        "How long is that valid?",
        "How long is that valid? (about the documents)",
    ),
    ("How do I reset the router?", "What else?", "What else? (about reset router)"),
    ("Does the lease allow pets?", "And subletting?", "Subletting (about lease allow pets)"),
    ("How was the lens cleaned?", "Who cleaned it, and when?", "Who cleaned the lens, and when?"),
    (BRIDGE, "But why so late?", "Why so late? (about the Northgate bridge)"),
    (BRIDGE, "Who else was there?", "Who else was in the Northgate bridge?"),
    (BRIDGE, "Why?", "Why was the Northgate bridge opened?"),
    ("What is the deposit for the flat?", "When is it returned?", "When is the deposit returned?"),
    ("Who signed the lease?", "And who witnessed it?", "Who witnessed the lease?"),
    ("How many employees does Acme have?", "Where are its offices?", "Where are Acme's offices?"),
    ("Which vaccine is recommended for adults?", "Is it safe?", "Is the vaccine safe?"),
    ("What caused the fire at the mill?", "Was anyone hurt in it?", "Was anyone hurt in the fire?"),
    (
        "How do I apply for parental leave?",
        "How long does that take?",
        "How long does parental leave take?",
    ),
    ("What does clause 7 say?", "And clause 8?", "What does clause 8 say?"),
    ("Who won the 1998 World Cup?", "And in 2002?", "Who won the 2002 World Cup?"),
    ("Who directed the film Metropolis?", "When was it released?", "When was Metropolis released?"),
    (
        "What is the boiling point of ethanol?",
        "And of methanol?",
        "What is the boiling point of methanol?",
    ),
]

STANDING = [
    "Does every tenant get their own key?",
    "Which companies reported that they cut staff?",
    "What should employees do if they lose their badge?",
    "How can I change my password?",
    "Is there a swimming pool?",
    "When is the next meeting?",
    "Summarise the report",
    "And what is photosynthesis?",
    "When was the UN founded?",
    "Is it raining?",
    "How long does it take to boil an egg?",
    "Is it possible to rent a boat?",
    "Are there boats for rent?",
    "lighthouse keeper",
    "Why did Kazakhstan close its test site?",
    "Which countries closed their borders?",
    "What should I do with a passport when it expires?",
    "If a parcel is late, when will it arrive?",
    "What is the tower that burned down?",
    "And when was the UN founded?",
    "What time is it?",
    "Who said that the sea rises?",
    "Wo kommt er her?",
    "Does the IT department reply?",
    "Did the keeper leave his post?",
    "Why is the sky blue?",
    "What is a lens?",
    "What is the theory that light bends called?",
    "How does a plant make its food?",
    "What do bees do in winter, and where do they sleep?",
    "How many moons are there?",
    "So what is entropy?",
    "Then what is entropy?",
    "This Is England: who directed the film?",
    'Who wrote "It"?',
    "Is it legal to fish in winter?",
    "What happened in 1950?",
    "In which year did the UN move to Geneva?",
    "On what date does the term begin?",
    "In 2018, how many people lived in Astana?",
]


@pytest.mark.parametrize(("previous", "question", "whole"), LEANING)
def test_a_question_that_leans_is_made_whole(previous, question, whole):
    assert rewrite(question, previous) == whole


@pytest.mark.parametrize("question", STANDING)
def test_a_question_that_stands_by_itself_is_left_alone(question):
    assert rewrite(question, BRIDGE) is None


@pytest.mark.parametrize(("previous", "question", "whole"), LEANING)
def test_what_was_made_whole_is_left_alone(previous, question, whole):
    assert rewrite(whole, previous) is None


def test_a_chain_keeps_its_subject():
    asked = BRIDGE
    for question in ("And when was it closed?", "Why?", "Who paid for it?"):
        asked = rewrite(question, asked) or question
    assert asked == "Who paid for the Northgate bridge?"


def test_a_question_about_nothing_takes_the_title():
    assert rewrite("And when was it closed?", "When was it built?") is None
    assert (
        rewrite("And when was it closed?", "When was it built?", title="A Guide to Skerry Point")
        == "When was A Guide to Skerry Point closed?"
    )


@pytest.mark.parametrize("question", ["", "   ", "?", "and", "Thanks!", "And?", "it" * 300, "(((("])
def test_what_is_no_question_is_left_alone(question):
    assert rewrite(question, BRIDGE) is None


@pytest.mark.parametrize("previous", ["", "?", "???", "and", "it " * 400])
def test_after_what_says_nothing_a_question_is_left_alone(previous):
    assert rewrite("And when was it closed?", previous) is None


def test_other_languages_are_left_alone():
    assert rewrite("Wo kommt er her?", "Wer ist der neue Minister?") is None
    assert rewrite("Et quand a-t-il été fermé ?", "Quand le pont a-t-il été ouvert ?") is None
    assert rewrite("А когда?", "Когда была построена башня?") is None
