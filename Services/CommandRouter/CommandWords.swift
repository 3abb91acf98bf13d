// The words the grammar knows, in five languages and as people mistype them. Data only. Comparison is by
// canonical equivalence, so a decomposed "plată" is the same word.
import Money

enum CommandWords {
    static let pay: Set<String> = [
        "pay", "charge", "plata", "plată", "plati", "plăti", "plătește", "plateste", "plătiţi", "plătiți",
        "platiti", "încasează", "incaseaza", "încasare", "incasare", "оплата", "оплати", "оплатить",
        "платеж", "платёж", "плати", "счет", "счёт", "payer", "paye", "paiement", "encaisser", "zahlen",
        "zahl", "zahle", "zahlung", "bezahlen", "kassieren", "kassiere", "încasez", "incasez",
        "платить", "payez", "encaisse", "bill",
    ]
    static let requestToPay: Set<String> = ["rtp"]
    static let language: Set<String> = ["lang", "language", "limba", "limbă", "язык", "langue", "sprache"]
    static let help: Set<String> = ["help", "ajutor", "помощь", "справка", "aide", "hilfe"]
    static let hello: Set<String> = [
        "hi", "hello", "hey", "start", "salut", "buna", "bună", "bonjour", "bonsoir", "hallo", "servus",
        "moin", "guten", "привет", "здравствуйте", "здравствуй", "добрый", "доброе", "noroc", "alo", "good",
        "здрасте", "neața", "neaţa", "neata", "ciao", "grüezi",
    ]

    static let thanks: Set<String> = [
        "merci", "mersi", "mulțumesc", "mulţumesc", "multumesc", "mulțumim", "mulţumim", "multumim",
        "thanks", "thank", "thx", "danke", "dankeschön", "спасибо", "благодарю",
    ]
    static let cancel: Set<String> = [
        "cancel", "anulează", "anuleaza", "anulați", "anulaţi", "anulati", "anulez", "anulare", "отмена",
        "отменить", "отмени", "annuler", "annule", "annulez", "annulation", "stornieren",
        "storniere", "storno",
    ]
    static let status: Set<String> = ["status", "stare", "starea", "статус", "statut"]
    /// Between an amount and its currency in Romanian: "100 de lei".
    static let partitive = "de"
    static let and: Set<String> = ["și", "şi", "si", "и", "and", "et", "und"]
    /// Words that make an amount another one: "250 mii" is not 250. Refused, since guessing costs money.
    static let multipliers: Set<String> = [
        "mii", "mie", "mia", "mil", "mln", "milion", "milioane", "sute", "sută", "suta", "k", "тыс",
        "тысяч", "тысяча", "тысячи", "тысячу", "млн", "миллион", "миллиона", "миллионов", "сотен", "сотни",
        "сотня",
        "thousand", "thousands", "hundred", "million", "millions", "mille", "millier", "milliers", "tausend",
        "tsd", "hundert", "mio", "millionen",
    ]

    /// Also "to" in Russian, so it multiplies only where nothing follows.
    static let loneMultiplier = "к"

    static let languages: [String: Language] = [
        "ro": .ro, "română": .ro, "romana": .ro, "romanian": .ro, "румынский": .ro, "молдавский": .ro,
        "roumain": .ro, "rumänisch": .ro, "ru": .ru, "русский": .ru, "rusă": .ru, "rusa": .ru,
        "russian": .ru, "russe": .ru, "russisch": .ru, "en": .en, "english": .en, "engleză": .en,
        "engleza": .en, "английский": .en, "anglais": .en, "englisch": .en, "fr": .fr, "français": .fr,
        "francais": .fr, "franceză": .fr, "franceza": .fr, "французский": .fr, "french": .fr,
        "französisch": .fr, "de": .de, "deutsch": .de, "germană": .de, "germana": .de, "немецкий": .de,
        "german": .de, "allemand": .de,
    ]

    /// What a word beside an amount says about its currency: the codes it may mean, none for a subunit.
    ///
    /// Not every ISO code is here: "all", "cup", "top" and "try" are codes too, and ordinary words of a
    /// description.
    static func currencies(_ word: String) -> [String]? { currencyWords[word] }

    private static let currencyWords: [String: [String]] = {
        var words: [String: [String]] = [:]
        for code in [
            "MDL", "RON", "EUR", "USD", "RUB", "UAH", "INR", "GBP", "CHF", "PLN", "BGN", "HUF", "CZK", "SEK",
            "NOK",
        ] {
            words[code.lowercased()] = [code]
        }
        let spoken: [(codes: [String], words: [String])] = [
            (
                ["MDL", "RON"],
                ["lei", "leu", "leul", "leului", "leilor", "лей", "лея", "леев", "леи", "леу"]
            ),
            (["EUR"], ["€", "euro", "euros", "eur", "евро"]),
            (["USD"], ["dolari", "dolar", "dollar", "dollars", "доллар", "доллара", "долларов"]),
            (["USD", "CAD", "AUD", "MXN", "SGD", "NZD"], ["$"]),
            (["RUB"], ["₽", "рубль", "рубля", "рублей", "руб", "ruble", "rubles", "rubel"]),
            (["UAH"], ["₴", "гривна", "гривны", "гривен", "грн"]),
            (["INR"], ["₹", "rs", "rupee", "rupees"]), (["GBP"], ["£", "pounds"]), (["TRY"], ["₺"]),
            (
                [],
                [
                    "bani", "бан", "бань", "бани", "банов", "cent", "cents", "cenți", "centime", "centimes",
                    "paise",
                ]
            ),
            ([], ["копеек", "копейка", "копейки", "коп", "kopeks"]),
        ]
        for entry in spoken { for word in entry.words { words[word] = entry.codes } }
        return words
    }()
}
