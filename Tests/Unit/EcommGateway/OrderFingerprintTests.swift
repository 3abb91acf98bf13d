// Which second requests with one key are the same request.
import Contracts
import EcommGateway
import Money
import Testing

private let order = OpenPayment(
    posUserId: "u1", bankId: "moldbank", merchantId: "128", merchantName: "Cafenea", terminalId: "TE0001",
    rail: .qr,
    amount: Money(minorUnits: 10_000, currency: .mdl), description: "Cafea", tag: nil,
    conversation: Conversation(phoneNumberId: "8", peer: "p"), locale: .ro)

@Suite struct `A second request with the same key` {
    @Test func `is done when nothing was stored and done before when all is equal`() {
        #expect(OrderFingerprint.compare(order, with: nil) == .done)
        #expect(OrderFingerprint.compare(order, with: order) == .doneBefore)
    }

    @Test func `is refused with the name of the first field that differs`() {
        let changes: [(String, (inout OpenPayment) -> Void)] = [
            ("posUserId", { $0.posUserId = "u2" }), ("bankId", { $0.bankId = "x" }),
            ("merchantId", { $0.merchantId = "x" }), ("terminalId", { $0.terminalId = "x" }),
            ("rail", { $0.rail = .rtp }), ("amount.minor", { $0.amount.minorUnits += 1 }),
            ("amount.currency", { $0.amount.currency = .eur }), ("description", { $0.description = nil }),
            ("description", { $0.description = "cafea" }), ("tag", { $0.tag = "" }),
            ("conversation.phoneNumberId", { $0.conversation.phoneNumberId = "9" }),
            ("conversation.peer", { $0.conversation.peer = "q" }),
            ("payer.phone", { $0.payer = Payer(phone: "+37369123456", name: "Ana") }),
        ]
        for (field, change) in changes {
            var other = order
            change(&other)
            #expect(OrderFingerprint.compare(other, with: order) == .refused(field: field))
        }
    }

    @Test func `takes text by its bytes, not by its looks`() {
        var composed = order, decomposed = order
        composed.description = "caf\u{E9}"
        decomposed.description = "cafe\u{301}"
        #expect(OrderFingerprint.compare(composed, with: decomposed) == .refused(field: "description"))
    }

    @Test func `may come with other words around the same order`() {
        var other = order
        other.merchantName = "Cafeneaua Veche"
        other.locale = .ru
        other.checkoutLanguage = .en
        other.limits = MerchantLimits(perPayment: 1)
        #expect(OrderFingerprint.compare(other, with: order) == .doneBefore)
    }
}
