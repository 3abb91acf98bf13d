// What the sandbox answers, as much of it as stories and measurements look at.
import FoundationEssentials
import HTTPClient
package import World

extension SandboxClient {
    /// One bubble of a chat.
    package struct Bubble: Decodable, Sendable {
        package struct Button: Decodable, Sendable {
            package var id: String?
            package var title: String
            package var url: String?
        }
        package struct List: Decodable, Sendable {
            package struct Section: Decodable, Sendable { package var rows: [Row] }
            package struct Row: Decodable, Sendable {
                package var id: String
                package var title: String
            }
            package var button: String
            package var sections: [Section]
        }
        package struct Template: Decodable, Sendable {
            package var name: String
            package var language: String
        }
        package struct Document: Decodable, Sendable {
            package var filename: String
            package var url: String
        }
        package var id: String
        /// `in`: from the business; `out`: from the person who holds the phone.
        package var direction: String
        package var kind: String
        package var text: String
        package var buttons: [Button]?
        package var list: List?
        package var template: Template?
        package var document: Document?
        package var replyTo: String?
        package var status: String
        package var at: Int64
    }

    /// A payment at the fake bank.
    package struct Payment: Decodable, Sendable {
        package var paymentId: String
        package var orderId: String
        package var status: String
        package var amount: String
        package var currency: String
        package var payDescription: String
        package var payerPhone: String?
        package var createdAt: Timestamp
    }

    /// The books of the fakes.
    package struct Ledger: Decodable, Sendable {
        package struct Meta: Decodable, Sendable {
            package var accepted: [String: Int]
            package var refused: [Int: Int]
            package var outsideWindow: Int
        }
        package struct Bank: Decodable, Sendable {
            package var payments: [String: Int]
            package var paid: [String: Int64]
        }
        package var meta: Meta
        package var bank: Bank
    }

    /// Many messages in one POST of Meta's.
    package struct Batch: Encodable, Sendable {
        package struct Message: Encodable, Sendable {
            package var phone: String
            package var text: String
        }
        package struct Answer: Decodable, Sendable {
            package var messageIds: [String]
            package var bytes: Int
            package var status: Int
        }
        package var messages: [Message]
        package var padBytes: Int
        package var signature: String
    }

    package func ledger() async throws -> Ledger { try await get("/ledger", Ledger.self) }

    package func post(_ batch: Batch) async throws -> Batch.Answer {
        try await post("/webhooks", batch, Batch.Answer.self)
    }

    package func set(_ trouble: Trouble) async throws { try await order("/faults", trouble) }

    package func clearTroubles() async throws {
        _ = try await send(.init(method: "DELETE", url: base, target: "/sandbox/v1/faults"))
    }

    package func lie(_ kind: String, about paymentId: String) async throws {
        struct Lie: Encodable { var kind: String }
        try await order("/payments/\(paymentId)/lie", Lie(kind: kind))
    }

    package func redeliver(_ messageId: String, of phone: String) async throws {
        struct Again: Encodable { var messageId: String }
        try await order("/phones/\(digits(phone))/redeliver", Again(messageId: messageId))
    }

    package func changeNumber(of phone: String, to: String, announced: String) async throws {
        struct Number: Encodable {
            var to: String
            var announced: String
        }
        try await order("/phones/\(digits(phone))/number", Number(to: to, announced: announced))
    }

    package func changeIdentity(of phone: String, isAnother: Bool) async throws {
        struct Identity: Encodable { var isAnother: Bool }
        try await order("/phones/\(digits(phone))/identity", Identity(isAnother: isAnother))
    }

    package func decide(_ template: String, _ language: String, _ status: String) async throws {
        struct Decision: Encodable { var status: String }
        try await order("/templates/\(template)/\(language)", Decision(status: status))
    }
}

extension SandboxClient.Bubble {
    /// Where its button leads, if it has one that leads somewhere.
    package var link: String? { buttons?.compactMap(\.url).first }

    /// What can be tapped, without links.
    var choices: [(id: String, title: String)] {
        let buttons = (buttons ?? []).compactMap { button in button.id.map { ($0, button.title) } }
        return buttons + (list?.sections.flatMap(\.rows) ?? []).map { ($0.id, $0.title) }
    }

    /// How it differs from the look that a story gives it; nil when it does not.
    func difference(from look: BubbleLook) -> String? {
        let kinds: [BubbleLook.Kind: String] = [
            .text: "text", .link: "cta_url", .list: "list", .buttons: "buttons", .template: "template",
            .document: "document",
        ]
        if let wanted = kinds[look.kind], wanted != kind { return "it is a \(kind), not a \(wanted)" }
        if let wanted = look.choices,
            wanted.count != choices.count
                || !zip(wanted, choices).allSatisfy({ StoryPattern($0).matches($1.title) })
        {
            return "it offers \(choices.map(\.title)), not \(wanted)"
        }
        let name = template?.name ?? document?.filename
        if let wanted = look.name, !StoryPattern(wanted).matches(name ?? "") {
            return "it is \(name ?? "nothing"), not \(wanted)"
        }
        return nil
    }
}
