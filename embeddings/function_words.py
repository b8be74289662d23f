"""Words that shape a sentence and say nothing of what it is about, by language.

They tell the languages of one script apart, and are left out of questions. A word that often means
something else is left out of its list: *été* is also summer, *man* in Dutch a man.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_WORDS = {
    "english": """
        a an the this that these those and or but if than then so as of at by for from in into on
        onto to with without about between over under up down out off
        i me my we our you your he him his she her its it they them their there here
        am is are was were be been being do does did done doing have has had having
        can could shall should would must
        who whom whose what which when where why how
        any some each all both not no nor only own same such too very just also
        please tell give show list explain describe
        isn't aren't wasn't weren't don't doesn't didn't can't won't
        """,
    "german": """
        der die das den dem des ein eine einer eines einem einen und oder aber wenn als dass daß
        von vom zu zum zur mit für bei beim aus auf an am im in ins um über unter nach vor durch
        gegen ohne zwischen bis seit während wegen
        ich du er sie es wir ihr ihm ihn ihnen uns euch sich mein meine sein seine seiner ihre ihrer
        ihren dieser diese dieses diesem diesen jener man hier dort
        ist sind war waren wird werden wurde wurden worden sei bin bist hat haben hatte hatten
        kann können konnte konnten muss müssen soll sollte darf gibt gab
        wer wen wem wessen was welche welcher welches welchem welchen wann wo woher wohin warum
        wieso weshalb wie wieviel wofür womit wodurch worauf woran worin worüber
        nicht kein keine keinen nur auch noch schon sehr so dann denn doch alle allen viele vielen
        bitte
        """,
    "french": """
        le la les un une des du de et ou où mais donc si que qu qui quoi dont quand comment
        pourquoi combien quel quelle quels quelles lequel laquelle lesquels
        à au aux en dans par pour avec sans sur sous entre vers chez depuis pendant avant après
        contre comme l d n s c j
        je tu il elle on nous vous ils elles me te se lui leur leurs ce cet cette ces ça cela
        mon ma mes ton sa son ses notre nos votre vos
        est sont était étaient être fut furent sera ai as ont avait avaient avoir eu
        fait peut peuvent doit
        ne pas plus aussi très tout tous toute toutes même
        """,
    "spanish": """
        el la los las lo un una unos unas del de al pero si que qué quien quién quienes
        quiénes cual cuál cuales cuáles cuando cuándo donde dónde como cómo cuanto cuánto cuánta
        cuántos cuántas porque por para con sin sobre entre desde hasta hacia según tras durante en
        contra
        yo tú él ella ello nosotros ellos ellas usted me te se le les nos su sus mi mis tu este esta
        esto estos estas ese esa eso aquel aquella
        es son era eran fue fueron ser sido está están estaba hay ha han había habían haber tiene
        tienen puede pueden debe
        no ni más muy también ya solo sólo todo todos toda todas otro otra otros
        """,
    "italian": """
        il lo la gli le un uno una di del dello della dei degli delle al allo alla ai agli
        alle da dal dalla dai dagli dalle in nel nello nella nei negli nelle su sul sulla sui sulle
        con per tra fra senza sotto sopra verso durante
        ed ma se che chi cui cosa come quando dove perché perche quanto quanta quanti quante
        quale quali qual
        io tu lui lei noi voi loro mi ti si ci vi ne suo sua suoi sue mio questo questa questi
        queste quello quella quelli
        è sono era erano essere stato stata stati fu furono sia ha hanno aveva avevano avere
        può possono deve
        non più anche molto già solo tutto tutti tutta tutte
        """,
    "portuguese": """
        os as um uma uns umas de do da dos das em no na nos nas ao à aos às por pelo pela pelos
        pelas para com sem sobre entre desde até durante num numa
        ou mas se que quê quem qual quais quando onde como porque porquê quanto quanta quantos
        quantas
        eu tu ele ela nós eles elas você vocês me te lhe lhes seu sua seus suas meu minha este esta
        isto esse essa isso aquele aquela
        é são era eram foi foram ser sido está estão estava há tem têm tinha tinham ter pode podem
        deve
        não nem mais muito também já só todo todos toda todas outro outra outros
        """,
    "dutch": """
        de het een der den des en of maar als dan dat die dit deze van voor met bij uit op aan in
        naar door over onder tot tegen tussen zonder sinds tijdens om te ter
        ik je jij hij zij ze wij we jullie hen hun hem haar zijn mijn ons onze er hier daar zich
        is was waren ben bent wordt worden werd werden geworden heeft hebben had hadden kan kunnen
        kon konden moet moeten mag zal zullen zou zouden
        wie wat welke welk wanneer waar waarom waardoor waarmee waarvan hoe hoeveel wiens
        niet geen ook nog al zeer veel alle alleen zo
        """,
    "danish": """
        den det de en et og eller men hvis som at af fra til med på om for ved over under efter
        før mod mellem uden siden gennem
        jeg du han hun vi dem dig mig sig os hans hendes deres min mit mine sin sit sine denne
        dette disse der her
        er var være været bliver blive blev blevet har have havde haft kan kunne skal skulle vil
        ville må
        hvem hvad hvilken hvilket hvilke hvornår hvor hvorfor hvordan
        ikke ingen også kun meget mange alle så når da
        """,
    "swedish": """
        den det de en ett och eller men om som att av från till med på för vid över under efter
        före mot mellan utan sedan genom hos
        jag du han hon vi ni dem dig mig sig oss hans hennes deras min mitt mina sin sitt sina denna
        detta dessa där här
        är var vara varit blir bli blev blivit har hade haft kan kunde ska skall skulle vill ville
        måste
        vem vad vilken vilket vilka när varför hur vems varifrån vart
        inte ingen också bara mycket många alla så då
        """,
    "norwegian": """
        den det de en ei et og eller men hvis som at av fra til med på om for ved over under etter
        før mot mellom uten siden gjennom hos
        jeg du han hun vi dere dem deg meg seg oss hans hennes deres min mitt mine sin sitt sine
        denne dette disse der her
        er var være vært blir bli ble blitt har ha hadde hatt kan kunne skal skulle vil ville må
        hvem hva hvilken hvilket hvilke når hvor hvorfor hvordan
        ikke ingen også bare kun mye mange alle så da
        """,
    "finnish": """
        ja tai mutta jos kun että koska kuin vaan eli sekä niin myös vielä jo vain hyvin
        minä sinä hän me te he se ne tämä nämä tuo joka jotka jonka jossa josta jota jolla mikä mitä
        missä mistä mihin minkä millä milloin miksi miten kuka kenen ketä ketkä kuinka montako
        mitkä
        hänen sen niiden tämän sitä siitä siinä tässä näiden
        on ovat oli olivat ole ollut olla olleet olisi ei eivät eikä voi voivat
        kanssa jälkeen ennen mukaan välillä aikana kautta ilman
        """,
    "hungarian": """
        az egy és vagy de ha hogy mert mint is nem sem csak már még meg el be fel le
        ez azt ezt ezek azok ennek annak ebben abban amely amelyek ami aki akik amikor ahol
        én te mi ti ők neki nekik
        van vannak volt voltak lesz lett lehet kell
        ki kik kinek kit mit miért mikor hol hova honnan hogyan hány mennyi melyik milyen
        között alatt után előtt szerint mellett által illetve nagyon minden több
        """,
    "romanian": """
        un unei unui unor și şi sau dar dacă că ca să pe de la în din cu pentru prin fără peste
        sub între după spre până despre către
        eu tu el ea noi voi ei ele își îi îl le lui lor său sa săi sale acest această aceste acești
        acel acea acele
        este sunt era erau fi fost au am are avea aveau poate pot trebuie se
        cine ce care când unde cum cât câtă câți câte cărui cui
        nu mai foarte numai doar toate toți tot al ai ale
        """,
    "turkish": """
        ve veya ile bir bu şu da de ki için gibi kadar göre sonra önce daha en çok ama ancak fakat
        ise değil olarak olan oldu olduğu tarafından arasında içinde üzerinde
        ben sen biz siz onlar onun onu bunun bunu kendi
        var yok vardır idi edilen eden etti
        mi mı mu mü ne nedir kim kimdir kimin hangi hangisi neden niçin nasıl nerede nereye nereden
        kaç zaman her bazı tüm bütün hem
        """,
    "polish": """
        i a ale lub albo że żeby jeśli gdy jak jako więc oraz ani nie tak też także już jeszcze
        w we na z ze do od po za o u przy przez dla nad pod przed między bez
        ja ty on ona ono my wy oni one jego jej ich go mu im się mnie nas was swój swoje ten ta to
        te tego tej tym tych tam tu
        być jest są był była było były będzie może mogą można został została zostały
        kto kogo komu kim co czego czemu czym jaki jaka jakie jakim który która które którego której
        których kiedy gdzie skąd dokąd dlaczego czy ile ilu
        wszystkie bardzo tylko
        """,
    "czech": """
        a ale nebo že aby když jak jako tak také již ještě ani ne
        v ve na z ze do od po za o u při pro nad pod před mezi bez s se si k ke
        já ty on ona ono my vy oni jeho její jejich ho mu jim mě nás vás svůj své ten ta to ty tento
        tato toto této tomto těchto tam zde
        být je jsou byl byla bylo byli byly bude může mohou lze
        kdo koho komu kým co čeho čemu čím jaký jaká jaké který která které kterého kterou kterých
        kdy kde odkud kam proč kolik
        všechny velmi pouze jen
        """,
    "russian": """
        и а но или да если что чтобы как так же то ли не ни в во на с со к ко у о об от до из за по
        под над при для без про через между перед после около
        я ты он она оно мы вы они его её ее им их ей ему мне меня нас вас нам себя свой своей своих
        этот эта это эти этого этой этих тот та те того той тех там тут здесь
        быть был была было были есть будет может могут можно
        кто кого кому кем чей чья чьи чего чему чем какой какая какое какие какого каких каким
        каком какую который которая которое которые которого которой которых когда где куда откуда
        почему зачем сколько
        все весь вся всё всех уже еще ещё только также очень более
        """,
    "ukrainian": """
        і й та але або якщо що щоб як так же то не ні в у на з із зі до від по за о об про при для
        без через між перед після біля під над
        я ти він вона воно ми ви вони його її їх їм йому їй мене нас вас себе свій своєї своїх
        цей ця це ці цього цієї цих той те ті того тієї тих там тут
        бути був була було були є буде може можуть можна
        хто кого кому ким чий чия чого чому чим який яка яке які якого якої яких якому коли де куди
        звідки навіщо скільки
        всі весь вся все вже ще тільки також дуже більш
        """,
    "bulgarian": """
        и а но или да ако че за какво как така също не ни в във на с със към у от до из по
        под над при без през между пред след около
        аз ти той тя то ние вие те него нея му им си се ми ги го я
        този тази това тези онзи онази там тук
        е са съм беше бяха бил била било били има може могат ще бъде
        кой коя кое кои кого какъв каква какви чий който която което които кога къде откъде накъде
        защо колко
        всички вече още само много повече
        """,
    "arabic": """
        في من على إلى الى عن مع أو او ثم بل لكن إن أن ان إذا اذا لو كما حتى منذ خلال بين بعد
        قبل عند عندما تحت فوق دون ضد حول
        هو هي هم هن أنا نحن أنت هذا هذه ذلك تلك هؤلاء الذي التي الذين
        كان كانت كانوا يكون تكون ليس ليست قد لقد سوف تم يتم
        ما ماذا متى أين اين كيف لماذا لم لما كم أي اي أية هل بماذا
        لا لن كل بعض غير أيضا فقط
        """,
    "persian": """
        و در به از که با این آن را برای تا بر یا اما اگر هم نیز پس چون هر بین پیش روی زیر
        من تو او ما شما آنها خود وی
        است بود هست نیست شد شده می بودند هستند کرد کرده دارد داشت باشد شود
        چه کی کجا چرا چگونه چند چطور کدام کسی
        """,
    "greek": """
        ο η το οι τα του της των τον την τους τις ένας μια ένα και ή αλλά αν ότι όταν όπως να θα σε
        στο στη στην στον στα στους στις με για από προς κατά μετά χωρίς μεταξύ πριν
        είναι ήταν έχει έχουν είχε είχαν
        ποιος ποια ποιο ποιοι ποιες ποιον τι πότε πού που πώς πως γιατί πόσο πόσα πόσοι πόσες
        δεν μη μην αυτός αυτή αυτό αυτά
        """,
}
FUNCTION_WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {language: frozenset(words.split()) for language, words in _WORDS.items()}
)
