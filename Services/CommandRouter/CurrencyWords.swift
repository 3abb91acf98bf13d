// The words and signs people write beside an amount, and the currencies each may mean.

extension CommandWords {
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
                ["lei", "leu", "leul", "leului", "leilor", "лей", "лея", "леев", "леи", "леу", "l", "л"]
            ),
            (["EUR"], ["€", "euro", "euros", "eur", "евро"]),
            (["USD"], ["dolari", "dolar", "dollar", "dollars", "доллар", "доллара", "долларов"]),
            (["USD", "CAD", "AUD", "MXN", "SGD", "NZD"], ["$"]),
            (["RUB"], ["₽", "рубль", "рубля", "рублей", "руб", "р", "ruble", "rubles", "rubel"]),
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
