// The words that sentences made from the README's grammar are filled with.
import FoundationEssentials

@testable import CommandRouter

/// What the grammar's "? … ?" stand for in one sentence: one script of digits, words that mean nothing else.
struct Words {
    let zero: UInt32

    init(random: inout Lehmer) {
        zero = random.pick([0x30, 0x30, 0x30, 0x30, 0x660, 0x6F0, 0x966, 0xFF10])
    }

    mutating func word(_ name: String, _ random: inout Lehmer) throws -> String {
        if let verb = Self.verbs[name] {
            let word = random.pick(CommandWords.words(for: verb))
            return random.pick([word, word.uppercased(), word.capitalized])
        }
        switch name {
        case "ws": return random.pick([" ", " ", " ", "\n", "\t", "\u{A0}", "\u{3000}"])
        case "a decimal digit, of one script throughout": return digit(UInt32(random.next() % 10))
        case "the digit 0": return digit(0)
        case "a digit but 0": return digit(UInt32(1 + random.next() % 9))
        case "the merchant's own code, word or sign":
            return random.pick(["MDL", "mdl", "lei", "Lei", "LEU", "лей", "леев", "lei"])
        case "letters, marks, digits, - and _": return random.pick(["cafea", "стол-5", "a_b", "मेज़", "masa7"])
        case "text": return random.pick(["Cafea + croissant", "două mere", "l-a-m", "Кофе 3", "#nu", "☕"])
        case "anything without a space": return random.pick(["cafea", "хлеб", "(mare)", "☕", "C#", "Tee?"])
        case "a word without digits": return random.pick(["Ion", "Rusu", "Élodie", "Мария", "Brîncă"])
        case "name": return random.pick(["till", "till_bot"])
        case "courtesy":
            return random.pick(["please", "ultima", "пожалуйста", "letzte", "dernier", "te", "rog"])
        case "a digit or a letter but U":
            return String(random.pick(Array("0123456789abcdefghijKLMNOPQRSTVWXYZ")))
        case "2, 3, 5, 6 or 7 and seven digits":
            // "373…" without its plus would be the country's code.
            return random.pick(["2", "36", "53", "6", "7"]).padded(to: 8, &random)
        case "two digits": return random.pick(["69", "78", "60"])
        case "three digits": return "".padded(to: 3, &random)
        case "1 to 999": return String(1 + random.next() % 999)
        case "1 to 28": return String(1 + random.next() % 28)
        case "1 to 12": return String(1 + random.next() % 12)
        case "2000 to 2099": return String(2000 + random.next() % 100)
        case "today or yesterday": return random.pick(["azi", "вчера", "hier", "aujourd’hui", "yesterday"])
        case "a week or a month, this or last":
            return random.pick(["luna trecută", "this week", "прошлый месяц", "letzte Woche", "mois dernier"])
        case "month name": return random.pick(["noiembrie", "Mai", "мая", "août", "März", "May"])
        case "language name": return random.pick(["ro", "Русский", "english", "français", "Deutsch"])
        case "a picture": return random.pick(["👍", "🙏🏽", "❤️", "🌷🌷"])
        case "U+00A0": return "\u{A0}"
        case "U+202F": return "\u{202F}"
        case "U+2009": return "\u{2009}"
        default: throw Grammar.Malformed(rest: name)
        }
    }

    private func digit(_ value: UInt32) -> String {
        String(Character(Unicode.Scalar(zero + value) ?? "0"))
    }

    private static let verbs: [String: CommandWords.Verb] = [
        "pay word": .pay, "request word": .requestToPay, "status word": .status, "cancel word": .cancel,
        "resend word": .resend, "list word": .list, "export word": .export, "today word": .today,
        "merchant word": .merchant, "help word": .help, "language word": .language, "hello word": .hello,
        "thanks word": .thanks,
    ]
}

extension String {
    fileprivate func padded(to count: Int, _ random: inout Lehmer) -> String {
        var text = self
        while text.count < count { text += String(random.next() % 10) }
        return text
    }
}
