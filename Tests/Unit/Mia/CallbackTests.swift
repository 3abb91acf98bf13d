// A callback's body: read without believing it, and written by whoever plays the bank.
import Mia
import Money
import Testing

@Suite struct `A callback's body` {
    private func payment() throws -> MiaPayment {
        var payment = MiaPayment(
            terminalId: "TE0001", orderId: "att_1", paymentId: "p-1", status: .success,
            amount: try MiaAmount(Money(minorUnits: 1_250, currency: .mdl)), currency: "MDL")
        payment.paymentType = "qr"
        payment.paymentDate = "2026-11-21T15:02:03"
        payment.swiftMessageId = "M1"
        payment.swiftPayerBank = "CMTBMD2X"
        payment.checkoutPage = "https://bank/checkout?paymentId=p-1"
        return payment
    }

    @Test func `carries the signature over what it carries, and never the page`() throws {
        var signed = ""
        let body = try MiaCallback.bytes(of: payment()) { text in
            signed = text
            return "c2ln"
        }
        let read = try MiaCallback(parsing: body)
        #expect(read.canonicalString == signed)
        #expect(signed == "12.50;MDL;att_1;2026-11-21T15:02:03;p-1;qr;SUCCESS;M1;CMTBMD2X;TE0001")
        #expect(read.signature == "c2ln")
        #expect(read.payment.checkoutPage == nil)
        #expect(read.payment.status == .success)
    }

    @Test func `is refused without a result, without a signature, or with a name twice`() {
        let bodies: [(String, MiaRefusal)] = [
            (#"{"signature":"x"}"#, .missing("result")),
            (#"{"result":[],"signature":"x"}"#, .missing("result")),
            (#"{"result":{"status":"SUCCESS"}}"#, .missing("signature")),
            (#"{"result":{"status":"FAILED","status":"SUCCESS"},"signature":"x"}"#, .duplicateName),
            (#"{"result":{"status":"A"},"signature":"x","result":{"status":"B"}}"#, .duplicateName),
            (#"{"result":{"amount":10.001},"signature":"x"}"#, .badAmount),
        ]
        for (body, refusal) in bodies {
            #expect(throws: refusal) { try MiaCallback(parsing: Array(body.utf8)) }
        }
    }

    @Test func `is refused at every cut`() throws {
        let body = try MiaCallback.bytes(of: payment()) { _ in "c2ln" }
        for cut in 0..<body.count {
            #expect(throws: MiaRefusal.self) { try MiaCallback(parsing: Array(body[..<cut])) }
        }
    }
}
