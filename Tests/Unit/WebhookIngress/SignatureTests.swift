// Who signed, and for which numbers: several secrets in rotation, several apps, and every way to be wrong.
import Sealing
import Testing
import WhatsApp

@testable import WebhookIngress

@Suite struct `A delivery's signature` {
    private let body = Array(#"{"object":"whatsapp_business_account","x":"\u0219 \/ @"}"#.utf8)
    private let signers: WebhookSigners

    init() {
        var signers = WebhookSigners()
        signers.add(secret: Secret(text: "new secret"), phoneNumberId: "800", wabaId: "900")
        signers.add(secret: Secret(text: "old secret"), phoneNumberId: "800", wabaId: "900")
        signers.add(secret: Secret(text: "new secret"), phoneNumberId: "801", wabaId: "901")
        signers.add(secret: Secret(text: "other app"), phoneNumberId: "802", wabaId: "902")
        self.signers = signers
    }

    private func header(_ secret: String, _ body: [UInt8]) -> ArraySlice<UInt8> {
        Array("sha256=\(Hex.encode(HMACSHA256.authenticate(body, key: Secret(text: secret))))".utf8)[...]
    }

    @Test(arguments: ["new secret", "old secret", "other app"])
    func `is accepted from every configured secret`(secret: String) {
        #expect(signers.signer(header: header(secret, body), body: body) != nil)
        #expect(signers.signer(header: header(secret, body), body: body + [0x20]) == nil)
    }

    @Test func `counts a secret that two numbers share once`() {
        #expect(signers.signers.map { $0.phoneNumberIds.sorted() } == [["800", "801"], ["800"], ["802"]])
    }

    @Test func `is refused when it is missing, unknown, cut, longer or of another kind`() {
        let good = Array(header("new secret", body))
        #expect(signers.signer(header: nil, body: body) == nil)
        #expect(signers.signer(header: header("unknown", body), body: body) == nil)
        for cut in 0..<good.count { #expect(signers.signer(header: good[..<cut], body: body) == nil) }
        for place in 7..<good.count {
            var wrong = good
            wrong[place] = wrong[place] == 0x30 ? 0x31 : 0x30
            #expect(signers.signer(header: wrong[...], body: body) == nil)
        }
        let zeros = Array(repeating: UInt8(0x30), count: 40)
        for wrong in [[], Array("sha256=".utf8), Array("sha1=".utf8) + zeros, good + [0x30]] {
            #expect(signers.signer(header: wrong[...], body: body) == nil)
        }
    }

    @Test(
        arguments: [
            ("new secret", "800", "900", true), ("new secret", "801", "901", true),
            ("new secret", "802", "902", false),
            ("other app", "800", "900", false), ("other app", "999", "902", false),
            ("old secret", nil, "900", true), ("old secret", nil, "901", false),
            ("old secret", nil, "", true),
        ] as [(String, String?, String, Bool)])
    func `speaks only for the numbers and accounts of its app`(
        secret: String, number: String?, waba: String, isOurs: Bool
    ) throws {
        let signer = try #require(signers.signer(header: header(secret, body), body: body))
        let item = WebhookItem(
            lane: .account, dedupKey: nil, eventAt: nil, wabaId: waba, phoneNumberId: number, waId: nil,
            userId: nil, opensWindow: false, payload: [])
        #expect(signer.speaks(for: item) == isOurs)
    }
}
