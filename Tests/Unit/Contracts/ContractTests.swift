// The JSON of the contracts, byte for byte: services of different versions talk to each other, so a field that changes
// its name or shape here breaks a deployment that no compiler sees.
import Contracts
import FoundationEssentials
import Money
import Problem
import Testing

@Suite struct `A contract` {
    private func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    @Test func `carries an error as the documented envelope`() throws {
        let problem = Problem(
            .forbidden, code: "SELLER_BLOCKED", toUser: "Blocked.", toOperator: "row 7",
            retryAfterSeconds: nil)
        #expect(
            try json(ErrorEnvelope(problem, requestId: "req_1"))
                == #"{"error":{"code":"SELLER_BLOCKED","message":"Blocked.","requestId":"req_1"}}"#)
    }

    @Test func `says of a key that is taken what it was used for, to those who read that`() throws {
        var problem = Problem(.conflict, code: "IDEMPOTENCY_CONFLICT", toUser: "Used.")
        problem.usedFor = KeyUse(kind: "link", subject: "pay_1")
        let text =
            #"{"error":{"code":"IDEMPOTENCY_CONFLICT","message":"Used.","usedFor":{"kind":"link","subject":"pay_1"}}}"#
        #expect(try json(ErrorEnvelope(problem, requestId: nil)) == text)
        /// As a program of before has it.
        struct Envelope: Decodable {
            struct Body: Decodable { var code: String }
            var error: Body
        }
        let before = try JSONDecoder().decode(Envelope.self, from: Data(text.utf8))
        #expect(before.error.code == problem.code)
    }

    @Test func `never carries what is for the operator`() throws {
        let problem = Problem(.internal, code: "X", toUser: "u", toOperator: "the secret of the row")
        #expect(try !json(ErrorEnvelope(problem, requestId: nil)).contains("secret"))
        #expect(!"\(problem)".contains("secret"))
    }

    @Test func `writes money as minor units and a code`() throws {
        #expect(try json(Money(minorUnits: 10_000, currency: .mdl)) == #"{"currency":"MDL","minor":10000}"#)
    }

    @Test func `tells apart what is to be told by one key`() throws {
        let contents: [(MessageContent, String)] = [
            (.text("a"), #"{"text":{"_0":"a"}}"#),
            (
                .link(body: "b", button: "c", url: "https://d"),
                #"{"link":{"body":"b","button":"c","url":"https://d"}}"#
            ),
            (
                .list(body: "b", button: "c", rows: [ListRow(id: "1", title: "t")]),
                #"{"list":{"body":"b","button":"c","rows":[{"id":"1","title":"t"}]}}"#
            ),
            (
                .buttons(body: "b", buttons: [ReplyButton(id: "1", title: "t")]),
                #"{"buttons":{"body":"b","buttons":[{"id":"1","title":"t"}]}}"#
            ),
            (
                .document(caption: nil, filename: "a.csv", mediaType: "text/csv", base64: "YQ=="),
                #"{"document":{"base64":"YQ==","filename":"a.csv","mediaType":"text/csv"}}"#
            ),
        ]
        for (content, text) in contents {
            #expect(try json(content) == text)
            #expect(try JSONDecoder().decode(MessageContent.self, from: Data(text.utf8)) == content)
        }
    }

    @Test(arguments: PaymentStatus.allCases) func `knows which states of a payment are final`(
        status: PaymentStatus
    ) {
        let open: Set<PaymentStatus> = [.registering, .unknown, .open, .pending]
        #expect(status.isFinal == !open.contains(status))
    }

    @Test func `maps every status to a kind and back`() {
        for kind in Problem.Kind.allCases { #expect(Problem.Kind(status: kind.status) == kind) }
        #expect(Problem.Kind(status: 418) == .invalid)
        #expect(Problem.Kind(status: 599) == .badGateway)
    }
}
