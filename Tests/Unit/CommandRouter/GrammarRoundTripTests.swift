// The README's grammar is the parser's: sentences made from its text are read back as what they were made of.
// The meaning is worked out here a second time, from the parts of each sentence and by other means.
import FoundationEssentials
import Money
import Testing

@testable import CommandRouter

@Suite struct `The grammar in the README` {
    private static func readme() throws -> String {
        let path =
            "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
            + "/Services/CommandRouter/README.md"
        return String(decoding: try #require(FileManager.default.contents(atPath: path)), as: UTF8.self)
    }

    private static func grammar() throws -> Grammar {
        let block = try #require(
            try readme().split(separator: "```ebnf\n").last?.split(separator: "```").first)
        return try Grammar(String(block))
    }

    @Test func `names every rule it uses, and uses every rule it has`() throws {
        let grammar = try Self.grammar()
        var used: Set<String> = ["message"]
        func walk(_ part: EBNF) {
            switch part {
            case .text, .special: break
            case .named(let name): used.insert(name)
            case .sequence(let parts), .choice(let parts): for part in parts { walk(part) }
            case .optional(let part), .repeated(let part): walk(part)
            }
        }
        for rule in grammar.rules.values { walk(rule) }
        #expect(used.subtracting(grammar.rules.keys) == ["ws"])
        #expect(Set(grammar.rules.keys).subtracting(used) == [])
        #expect(grammar.rules.count > 30)
    }

    @Test func `lists every word for every command`() throws {
        let readme = try Self.readme()
        for verb in CommandWords.Verb.allCases {
            let words = CommandWords.words(for: verb)
            let row = "| " + words[0] + " | " + words.dropFirst().joined(separator: ", ") + " |"
            #expect(readme.contains(row), "\(row)")
        }
    }

    @Test(arguments: ["charge", "request"]) func `makes charges that are read back`(rule: String) throws {
        let grammar = try Self.grammar()
        var random = Lehmer(state: 20_261_121)
        var figures = (read: 0, asked: 0, refused: 0)
        while figures.read < 4_000 {
            var words = Words(random: &random)
            let sentence = try grammar.sentence(rule, &random) { try words.word($0, &$1) }
            guard let meaning = Meaning(sentence, isRequest: rule == "request") else { continue }
            let found = CommandGrammar.read(sentence.text, currency: .mdl)
            #expect(found == meaning.result, "\(sentence.text.debugDescription)")
            switch meaning.result {
            case .success: figures.read += 1
            case .failure(.amountAmbiguous): figures.asked += 1
            case .failure: figures.refused += 1
            }
        }
        #expect(figures.asked > 50 && figures.refused > 10)
    }

    @Test func `makes everything else, each with its own command`() throws {
        let grammar = try Self.grammar()
        var random = Lehmer(state: 41)
        for _ in 0..<6_000 {
            var words = Words(random: &random)
            let rule = random.pick(["about one", "list", "export", "plain", "language", "talk"])
            let sentence = try grammar.sentence(rule, &random) { try words.word($0, &$1) }
            guard sentence.all("page").count < 2, sentence.all("listed tag").count < 2 else { continue }
            let found = CommandGrammar.read(sentence.text, currency: .mdl)
            let comment: Comment = "\(sentence.text.debugDescription)"
            switch (rule, found) {
            case ("about one", .success(.status(let reference))):
                #expect(sentence.first("status word") != nil, comment)
                #expect(reference == Meaning.reference(sentence), comment)
            case ("about one", .success(.cancel(let reference))):
                #expect(sentence.first("cancel word") != nil, comment)
                #expect(reference == Meaning.reference(sentence), comment)
            case ("about one", .success(.resend(let reference))):
                #expect(sentence.first("resend word") != nil, comment)
                #expect(reference == Meaning.reference(sentence), comment)
            case ("list", .success(.list(let tag, let page))):
                #expect(tag == sentence.first("tag name"), comment)
                #expect(page == sentence.first("page").flatMap { Int($0) }, comment)
            case ("export", .success(.export(let span))):
                #expect(sentence.first("span") != nil || span == .thisMonth, comment)
                if sentence.first("date") == nil {
                    if case .day = span { Issue.record(comment) }
                    if case .days = span { Issue.record(comment) }
                } else {
                    #expect(span == Meaning.dates(sentence), comment)
                }
            case ("plain", .success(.today)): #expect(sentence.first("today word") != nil, comment)
            case ("plain", .success(.merchant)): #expect(sentence.first("merchant word") != nil, comment)
            case ("plain", .success(.help)):
                #expect(sentence.first("help word") != nil || sentence.text.contains("?"), comment)
            case ("language", .success(.language(let language))):
                #expect((language == nil) == (sentence.first("language name") == nil), comment)
            case ("talk", .success(.hello)): #expect(sentence.first("hello word") != nil, comment)
            case ("talk", .success(.thanks)): #expect(sentence.first("hello word") == nil, comment)
            default: Issue.record("\(sentence.text.debugDescription) was read as \(found)")
            }
        }
    }

    @Test func `makes whole messages that are always commands`() throws {
        let grammar = try Self.grammar()
        var random = Lehmer(state: 7)
        for _ in 0..<4_000 {
            var words = Words(random: &random)
            let sentence = try grammar.sentence("message", &random) { try words.word($0, &$1) }
            if case .failure(.notACommand) = CommandGrammar.read(sentence.text, currency: .mdl) {
                Issue.record("\(sentence.text.debugDescription) is no command")
            }
        }
    }
}

/// What a charge's sentence must be read as.
private struct Meaning {
    var result: Result<Command, CommandRefusal>

    /// `nil` for what the grammar's comments exclude: two tags or two phones, and a message that could be a
    /// phone number.
    init?(_ sentence: Sentence, isRequest: Bool) {
        guard sentence.all("tag").count < 2, sentence.all("phone").count < 2,
            sentence.all("marked phone").count < 2,
            let amount = sentence.first("amount")
        else { return nil }
        let digits = Self.ascii(amount).filter(\.isNumber)
        // A phone, or what begins like one, may eat the amount's first digits or look like part of it.
        if isRequest, amount.contains(where: \.isWhitespace) || sentence.text.contains("+373(") { return nil }
        if sentence.first("pay word") == nil, !isRequest, digits.count == 8,
            "67".contains(digits.first ?? "0")
        {
            return nil
        }
        let tag = sentence.first("tag name")
        let quoted = sentence.all("quoted").map { String($0.dropFirst().dropLast()) }
        let names = sentence.all("payer name")
        let payer: TypedPayer?
        let description: String?
        if isRequest {
            // Names stand before the amount, between it and the phone, or behind both; the first such place has the
            // payer's name, later ones describe.
            var place = 0
            var marks = 0
            var placed: [(text: String, place: Int, isQuoted: Bool)] = []
            for part in sentence.parts {
                switch part.name {
                case "amount": (place, marks) = (max(place, 1), marks + 1)
                case "phone" where marks > 0: place = 2
                case "payer name": placed.append((part.text, place, false))
                case "quoted": placed.append((String(part.text.dropFirst().dropLast()), place, true))
                default: break
                }
            }
            let first = placed.filter { !$0.isQuoted }.map(\.place).min()
            let isFirstName = names.isEmpty && quoted.count > 1
            let name =
                isFirstName
                ? quoted[0]
                : placed.filter { !$0.isQuoted && $0.place == first }.map(\.text).joined(separator: " ")
            let phone = (sentence.first("phone") ?? sentence.first("marked phone")).map {
                "+373" + String(Self.ascii($0).filter(\.isNumber).suffix(8))
            }
            payer =
                phone == nil && name.isEmpty ? nil : TypedPayer(phone: phone, name: name.isEmpty ? nil : name)
            let told = placed.filter { $0.isQuoted || $0.place != first }.map(\.text)
            description = Self.line(isFirstName ? Array(quoted.dropFirst()) : told)
        } else {
            payer = nil
            let pieces = sentence.parts.filter { $0.name == "quoted" || $0.name == "word" }
            description = Self.line(
                pieces.map { $0.name == "quoted" ? String($0.text.dropFirst().dropLast()) : $0.text })
        }
        let commands = Self.readings(sentence, amount).filter { $0 > 0 }.map { minor -> Command in
            let charge = Charge(
                amount: Money(minorUnits: minor, currency: .mdl), description: description, tag: tag)
            return isRequest ? .requestToPay(charge, payer: payer) : .pay(charge)
        }
        if commands.isEmpty {
            result = .failure(.amountZero)
        } else if Self.isAmbiguous(sentence) {
            result = .failure(.amountAmbiguous(typed: amount, readings: commands))
        } else {
            result = .success(commands[0])
        }
    }

    /// One dot or comma before three digits, and no decimals after them.
    private static func isAmbiguous(_ sentence: Sentence) -> Bool {
        guard sentence.first("decimals") == nil, sentence.all("trio").count == 1,
            let amount = sentence.first("amount")
        else { return false }
        return amount.filter { $0 == "." || $0 == "," }.count == 1
    }

    private static func readings(_ sentence: Sentence, _ amount: String) -> [Int64] {
        let decimals = sentence.first("decimals").map { ascii($0) } ?? ""
        let all = ascii(amount).filter(\.isNumber)
        let whole = Int64(all.dropLast(decimals.count)) ?? -1
        let minor = whole * 100 + (Int64((decimals + "00").prefix(2)) ?? -1)
        // 1.250 is also one and a quarter; 1.255 is not.
        guard isAmbiguous(sentence), all.hasSuffix("0"), let small = Int64(all.dropLast()) else {
            return [minor]
        }
        return [minor, small]
    }

    static func reference(_ sentence: Sentence) -> String? {
        guard !sentence.all("symbol").isEmpty else { return nil }
        let fold: [Character: Character] = ["O": "0", "I": "1", "L": "1"]
        return String(sentence.all("symbol").joined().uppercased().map { fold[$0] ?? $0 })
    }

    static func dates(_ sentence: Sentence) -> ExportSpan? {
        let days = sentence.all("date").compactMap { text -> ExportSpan.NamedDay? in
            let numbers = text.split { !$0.isNumber }.compactMap { Int($0) }
            guard numbers[0] < 100 else {
                return ExportSpan.NamedDay(day: numbers[2], month: numbers[1], year: numbers[0])
            }
            return ExportSpan.NamedDay(
                day: numbers[0], month: numbers[1], year: numbers.count > 2 ? numbers[2] : nil)
        }
        return days.count == 2 ? .days(days[0], days[1]) : days.first.map { .day($0) }
    }

    private static func line(_ pieces: [String]) -> String? {
        pieces.isEmpty ? nil : pieces.joined(separator: " ")
    }

    private static func ascii(_ text: String) -> String {
        String(
            text.map { character in
                character.wholeNumberValue.map { Character(String($0)) } ?? character
            })
    }
}
