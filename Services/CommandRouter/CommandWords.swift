// The words the grammar knows, in five languages and as people mistype them. Data only. Comparison is by
// canonical equivalence, so a decomposed "plată" is the same word.
import Money

enum CommandWords {
    /// What a command word asks for.
    enum Verb: Hashable, CaseIterable {
        case pay, requestToPay, status, today, list, cancel, resend, refund, export, merchant
        case language, help, hello, thanks
    }

    static func verb(_ word: String) -> Verb? { verbByWord[word] }

    private static let verbByWord: [String: Verb] = {
        var verbs: [String: Verb] = [:]
        for verb in Verb.allCases { for word in words(for: verb) { verbs[word] = verb } }
        return verbs
    }()

    /// Every word that means this, lower case; each stands for one verb only.
    static func words(for verb: Verb) -> [String] {
        switch verb {
        case .pay:
            [
                "pay", "charge", "bill", "amount", "suma", "sumă", "сумма", "сумму", "montant", "betrag",
                "link", "linkul", "ссылка", "ссылку", "lien", "plata", "plată",
                "plati", "plăti", "plătește", "plăteşte",
                "plateste", "plătiţi", "plătiți", "platiti", "încasează", "incaseaza", "încasare",
                "incasare", "încasez", "incasez", "încasați", "încasaţi", "incasati", "оплата", "оплату",
                "оплати", "оплатить", "платеж", "платёж", "плати", "платить", "счет", "счёт", "payer", "paye",
                "payez", "paiement", "encaisser", "encaisse", "encaissez", "zahlen", "zahl", "zahle",
                "zahlung", "bezahlen", "bezahle", "kassieren", "kassiere",
            ]
        case .requestToPay:
            [
                "rtp", "request", "cere", "cerere", "solicit", "solicită", "solicita", "запрос", "запросить",
                "запроси", "demande", "demander", "anfordern", "anforderung", "zahlungsanforderung",
            ]
        case .status:
            ["status", "stare", "starea", "статус", "statut", "état", "etat", "stand"]
        case .today:
            [
                "cât", "cat", "cite", "сколько", "combien", "wieviel", "wie viel", "how much", "vânzări",
                "vanzari", "sales",
                "ventes", "today", "total", "totals", "azi", "astăzi", "astazi", "încasări", "incasari",
                "сегодня",
                "итог", "итого", "выручка", "aujourd'hui", "aujourdhui", "recette", "heute", "umsatz",
                "tagesumsatz",
            ]
        case .list:
            [
                "list", "payments", "history", "lista", "listă", "plăți", "plăţi", "plățile", "plăţile",
                "istoric", "список", "платежи", "история", "liste", "paiements", "historique", "zahlungen",
                "verlauf",
            ]
        case .cancel:
            [
                "cancel", "anulează", "anuleaza", "anulați", "anulaţi", "anulati", "anulez", "anulare",
                "отмена", "отменить", "отмени", "отмените", "annuler", "annule", "annulez", "annulation",
                "stornieren", "storniere", "storno", "abbrechen",
            ]
        case .resend:
            [
                "resend", "retrimite", "trimite", "trimiteți", "trimiteţi", "trimiteti", "retrimiteți",
                "retrimiteţi", "retrimiteti",
                "повтори", "повторить", "повторите", "renvoyer", "renvoie", "renvoyez",
                "nochmal", "nochmals", "erneut",
            ]
        case .refund:
            [
                "refund", "ramburs", "rambursează", "ramburseaza", "rambursare", "retur", "returnează",
                "возврат", "вернуть", "верни", "rembourser", "remboursement", "rembourse", "erstatten",
                "erstattung", "rückzahlung",
            ]
        case .export:
            [
                "export", "csv", "exportă", "exporta", "raport", "экспорт", "отчет", "отчёт", "выгрузка",
                "exporter", "rapport", "exportieren", "bericht",
            ]
        case .merchant:
            [
                "merchant", "merchants", "shop", "shops", "store", "bank", "comerciant", "comerciantul",
                "comercianți", "comercianţi", "comercianti", "magazin", "magazinul", "magazine", "banca",
                "bancă", "мерчант", "продавец", "магазин", "магазины", "банк", "commerçant", "commercant",
                "commerçants", "marchand", "magasin", "boutique", "banque", "händler", "haendler",
                "geschäft", "geschaeft",
            ]
        case .language: ["lang", "language", "limba", "limbă", "язык", "langue", "sprache"]
        case .help: ["help", "ajutor", "помощь", "справка", "aide", "hilfe"]
        case .hello:
            [
                "hi", "hello", "hey", "start", "salut", "buna", "bună", "bonjour", "bonsoir", "hallo",
                "servus", "moin", "guten", "привет", "здравствуйте", "здравствуй", "добрый", "доброе",
                "noroc", "alo", "good", "здрасте", "neața", "neaţa", "neata", "ciao", "grüezi",
            ]
        case .thanks:
            [
                "merci", "mersi", "mulțumesc", "mulţumesc", "multumesc", "mulțumim", "mulţumim", "multumim",
                "thanks", "thank", "thx", "danke", "dankeschön", "спасибо", "благодарю",
                "ok", "okay", "ок", "bine", "gata", "хорошо", "понял", "поняла", "super", "parfait", "gut",
            ]
        }
    }

    /// Words that may stand behind a command without changing it: "cancel the last payment, please".
    static let courtesies: Set<String> = [
        "please", "pls", "plz", "the", "my", "last", "latest", "payment", "link", "now", "all", "page", "for",
        "te", "vă", "va", "rog", "ultima", "ultimul", "ultimului", "plată", "plata", "plății", "plăţii",
        "linkul", "acum", "pagina", "pe", "pentru", "пожалуйста", "последний", "последнюю", "последнего",
        "платеж", "платёж", "платежа", "ссылку", "ссылка", "сейчас", "страница", "стр", "за", "по", "svp",
        "stp", "le", "la", "les", "du", "dernier", "dernière", "paiement", "lien", "maintenant",
        "pour", "bitte", "die", "den", "der", "das", "letzte", "letzten", "zahlung", "jetzt", "seite", "für",
        "nr", "no", "ref", "реф", "it", "din", "nou", "iar", "încă", "inca", "o", "dată", "data", "again",
        "платежей", "платежи", "plăți", "plăţi", "plăților", "plăţilor", "payments", "paiements",
        "zahlungen",
        "once", "more", "ещё", "еще", "раз", "encore", "une", "fois", "noch", "einmal", "erneut", "me",
    ]

    /// Words of questions about today's takings.
    static let todayWords: Set<String> = [
        "am", "s-a", "sa", "încasat", "incasat", "vândut", "vandut", "plătit", "platit", "de", "получено",
        "оплачено", "заработано", "заработал", "заработала", "вышло", "за", "день", "what", "did", "i",
        "earn", "earned", "make", "made", "sell", "sold", "we", "est", "ai-je", "habe", "haben", "ich", "wir",
        "encaissé", "ist", "wurde", "bezahlt", "eingenommen", "for", "day", "ziua",
    ]

    /// What people add to an amount out of kindness.
    static let politeness: Set<String> = [
        "please", "pls", "plz", "te", "vă", "va", "rog", "пожалуйста", "плиз", "svp", "stp", "bitte", "s'il",
        "s’il", "vous", "plaît", "plait", "beaucoup", "mult", "большое", "schön", "you",
    ]

    /// Of three words one of which is such, the last payment is meant.
    static let paid: Set<String> = [
        "paid", "plătit", "plătită", "platit", "platita", "achitat", "achitată", "achitata", "оплатил",
        "оплатила",
        "оплатили", "оплачено", "оплачен", "заплатил", "заплатили", "payé", "payée", "réglé", "bezahlt",
        "gezahlt",
    ]

    /// What gives up an order that waits for an answer.
    static let noes: Set<String> = [
        "no", "nope", "stop", "nu", "renunț", "renunţ", "renunt", "greșit", "gresit", "нет", "стоп", "non",
        "nein",
        "stopp",
    ]

    /// What accepts an offer.
    static let yeses: Set<String> = [
        "yes", "yep", "yeah", "da", "да", "ага", "конечно", "oui", "ja", "ok", "okay", "ок", "bine", "хорошо",
        "d'accord", "d’accord", "gut", "sure", "sigur",
    ]

    /// What people write before a phone number.
    static let phoneLabels: Set<String> = [
        "tel", "tel.", "tel:", "telefon", "tél", "tél.", "phone", "nr", "nr.", "mob", "mob.", "тел", "тел.",
        "тел:", "телефон", "☎", "☎️", "📞", "📱",
    ]

    /// Between a request and whom it is for: "100 de la Ion".
    static let payerPrepositions: Set<String> = [
        "de", "la", "lui", "pe", "către", "от", "у", "с", "к", "для", "на", "from", "to", "of", "à", "du",
        "von", "an", "für", "pentru", "client", "clientul", "клиент", "клиента", "kunde",
    ]

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

    /// Behind "and", half a unit more than the digits say.
    static let halves: Set<String> = [
        "jumătate", "jumatate", "jumate", "половина", "половиной", "половину", "half", "demi", "demie",
        "halb",
        "halbe", "halber", "halbes", joinedHalf,
    ]
    /// "100 einhalb" needs no "and", and "100 с половиной" has another word for it.
    static let joinedHalf = "einhalb"
    static let withHalf = "с"

    static func isHalf(_ text: TypedText) -> Bool {
        CommandArguments.words(text, without: articles).first.map { halves.contains($0.lowercased()) }
            ?? false
    }

    /// Also "to" in Russian, so it multiplies only where nothing follows.
    static let loneMultiplier = "к"

    static let languages: [String: Language] = [
        "ro": .ro, "română": .ro, "romana": .ro, "romanian": .ro, "румынский": .ro, "молдавский": .ro,
        "roumain": .ro, "rumänisch": .ro, "ru": .ru, "русский": .ru, "русском": .ru, "по-русски": .ru,
        "rusă": .ru, "rusa": .ru,
        "russian": .ru, "russe": .ru, "russisch": .ru, "en": .en, "english": .en, "engleză": .en,
        "engleza": .en, "английский": .en, "anglais": .en, "englisch": .en, "fr": .fr, "français": .fr,
        "francais": .fr, "franceză": .fr, "franceza": .fr, "французский": .fr, "french": .fr,
        "französisch": .fr, "de": .de, "deutsch": .de, "germană": .de, "germana": .de, "немецкий": .de,
        "german": .de, "allemand": .de,
    ]

    /// Before a language's name: "auf Deutsch", "на русском".
    static let languageLinks: Set<String> = ["in", "în", "auf", "en", "на", "limba", "language", "язык"]

    /// Between two numbers: the first many times the second. Only directly before a digit.
    static let times: Set<String> = [
        "x", "х", "ori", "câte", "cate", "на", "по", "раз", "times", "fois", "à", "mal", "je",
    ]

    /// "2 la 50": so much each.
    static let eachWords: Set<String> = ["la", "a", "at", "cu", "@", "each"]

    /// What is numbered by the figure behind it: "20 masa 35" charges twenty.
    static let numberLabels: Set<String> = [
        "nr", "no", "n", "№", "#", "masa", "masă", "factura", "factură", "cont", "camera", "bon", "comanda",
        "table", "invoice", "room", "order", "tisch", "rechnung", "zimmer", "facture", "chambre", "стол",
        "счет", "счёт", "заказ", "номер", "чек", "size", "mărimea", "размер",
    ]

    static let currencyAdjectives: Set<String> = [
        "moldovenești", "moldoveneşti", "moldovenesti", "moldovenesc", "md", "молдавских", "молдавские",
        "румынских", "românești", "romanesti",
    ]

    /// Whether the text at the cursor says a number in words: "o sută", "двести лей", "hundertfünfzig".
    static func isNumberInWords(_ text: TypedText) -> Bool {
        let words = CommandArguments.words(text, without: articles).map { $0.lowercased() }
        guard let first = words.first else { return false }
        return numbers.contains(first)
            || numberBeginnings.contains { first.hasPrefix($0) && first.unicodeScalars.count < 40 }
    }

    private static let articles: Set<String> = ["o", "un", "a", "ein", "eine", "une", "одна", "одну"]

    private static let numbers: Set<String> = [
        "unu", "doi", "două", "doua", "trei", "patru", "cinci", "șase", "şase", "sase", "șapte", "şapte",
        "sapte", "opt", "nouă", "zece", "unsprezece", "doisprezece", "cincisprezece", "sută", "suta", "sute",
        "mie", "mii", "один", "два", "две", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять",
        "десять", "пятнадцать", "двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят",
        "восемьдесят", "девяносто", "сто", "полторы", "двести", "триста", "четыреста", "пятьсот", "шестьсот",
        "семьсот", "восемьсот", "девятьсот", "тысяча", "тысячу", "тысячи", "one", "two", "three", "four",
        "five", "six", "seven", "eight", "nine", "ten", "fifteen", "twenty", "thirty", "forty", "fifty",
        "sixty", "seventy", "eighty", "ninety", "hundred", "thousand", "deux", "trois", "quatre", "cinq",
        "sept", "huit", "neuf", "dix", "quinze", "vingt", "trente", "quarante", "cinquante", "soixante",
        "cent", "mille", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn",
        "fünfzehn", "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig",
        "hundert", "tausend",
    ]

    /// Numbers that are written as one word with what follows.
    private static let numberBeginnings = [
        "douăzeci", "douazeci", "treizeci", "patruzeci", "cincizeci", "șaizeci", "şaizeci", "saizeci",
        "șaptezeci", "şaptezeci", "saptezeci", "optzeci", "nouăzeci", "nouazeci", "hundert", "einhundert",
        "zweihundert", "dreihundert", "fünfhundert", "tausend", "eintausend", "twenty-", "thirty-", "fifty-",
    ]
}
