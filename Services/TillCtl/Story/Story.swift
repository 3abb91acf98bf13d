// A story: who sells, what happens, step by step, and what the seller reads. Data only; the one who plays it
// is Storyteller.swift, the stories are in the files beside it.
package import Money

/// One named story. Everything its seller reads is one of its steps, in order: a bubble that no step expects
/// fails the story.
package struct Story: Sendable {
    /// Lower case and hyphens; also the tag of its payments.
    package let name: String
    /// One sentence for `--story list`.
    package let tells: String
    package let cast: StoryCast
    /// Its trouble reaches everybody: nothing else may be played meanwhile.
    package let isAlone: Bool
    package let steps: [Step]

    init(
        _ name: String, _ tells: String, cast: StoryCast = StoryCast(), isAlone: Bool = false,
        _ steps: [Step]
    ) {
        self.name = name
        self.tells = tells
        self.cast = cast
        self.isAlone = isAlone
        self.steps = steps
    }
}

/// Who plays the seller, as the banks know that person.
package struct StoryCast: Sendable {
    package var locale: Language = .en
    /// Merchant ids by bank id; empty: no bank knows this phone.
    package var merchants = ["moldbank": ["129"]]
    package var isBlocked = false

    package init(
        locale: Language = .en, merchants: [String: [String]] = ["moldbank": ["129"]],
        isBlocked: Bool = false
    ) {
        self.locale = locale
        self.merchants = merchants
        self.isBlocked = isBlocked
    }

    /// A merchant whose links live for seconds.
    static let shortLived = StoryCast(merchants: ["moldbank": ["130"]])
    static let twoBanks = StoryCast(merchants: ["moldbank": ["129"], "codrubank": ["310"]])
    static let secondBank = StoryCast(merchants: ["codrubank": ["310"]])
    static let stranger = StoryCast(merchants: [:])
}

/// What happens next. In texts `{tag}` is the story's name.
package enum Step: Sendable {
    // The seller.
    case says(String, ago: Duration = .zero, hidden: Bool = false)
    /// An answer to the newest link.
    case replies(String)
    /// A card of the seller's address book.
    case sendsCard(String, String)
    /// The newest button or row with this title.
    case taps(String)
    /// The next bubble is exactly this one. `{…}` in the pattern stands for anything but a line break.
    case reads(String, BubbleLook = .any)
    case takesNewNumber(announced: String = "both")
    case takesNewPhone
    case givesNumberAway
    /// The bank has made sure that the seller has the number that is the seller's now, and says so.
    case bankConfirms
    /// The bank writes its record of the seller again, as every night, and has made sure of nothing.
    case bankRewrites

    // The customer.
    case opensLink
    case pays(callbacks: Int = 1)
    case declines
    /// The payer's phone rings.
    case rings(String)

    // Trouble.
    case trouble(Trouble)
    case calm
    case lies(String)
    case bankRotatesKey(String)
    case bankRevokesTokens(String)
    case metaRedelivers
    /// So many messages of other people and one of the seller's in one POST; the answer of the business.
    case metaPosts(String, others: Int, padBytes: Int = 0, signature: String = "right", answer: Int = 200)
    case metaDecides(template: String, language: String, status: String)

    // What is true in the end.
    /// The states of the story's payments in our books, oldest first.
    case books([String])
    /// The same at the bank; a story with a lost answer has more of them.
    case bankBooks([String])
    /// Nothing more is read for that long.
    case silence(Duration)
    /// For the audience.
    case note(String)
}

/// What a bubble looks like beside its text.
package struct BubbleLook: Sendable {
    package enum Kind: Sendable { case any, text, link, list, buttons, template, document }
    package var kind: Kind = .any
    /// Titles of its buttons or rows, where they matter.
    package var choices: [String]?
    /// A template's name, a file's name.
    package var name: String?

    static let any = BubbleLook()
    static let text = BubbleLook(kind: .text)
    static let link = BubbleLook(kind: .link)
    static func list(_ rows: String...) -> BubbleLook { BubbleLook(kind: .list, choices: rows) }
    static func buttons(_ titles: String...) -> BubbleLook { BubbleLook(kind: .buttons, choices: titles) }
    static func template(_ name: String) -> BubbleLook { BubbleLook(kind: .template, name: name) }
    static func file(_ name: String) -> BubbleLook { BubbleLook(kind: .document, name: name) }
}

/// A fault of the sandbox, as `POST /sandbox/v1/faults` takes it.
package struct Trouble: Encodable, Sendable {
    package var at: String
    package var kind: String
    package var times: Int?
    package var delayMs: Int?
    package var perMille: Int?
    package var bankId: String?
    package var phone: String?
    package var mention: String?
    package var seed: UInt64?
    /// Whom it strikes, filled in by the one who plays the story.
    package enum Target: Sendable { case everybody, seller, payments }
    package var target = Target.everybody

    private enum CodingKeys: String, CodingKey {
        case at, kind, times, delayMs, perMille, bankId, phone, mention, seed
    }

    package init(
        _ kind: String, at: String, times: Int? = nil, delayMs: Int? = nil, perMille: Int? = nil,
        bankId: String? = nil, seed: UInt64? = nil, target: Target = .everybody
    ) {
        self.at = at
        self.kind = kind
        self.times = times
        self.delayMs = delayMs
        self.perMille = perMille
        self.bankId = bankId
        self.seed = seed
        self.target = target
    }
}
