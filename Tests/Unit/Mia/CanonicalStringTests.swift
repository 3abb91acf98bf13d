// The text under a callback's signature, first of all the one that the bank published.
import JSONWire
import Mia
import Testing

@Suite struct `The signed text of a callback` {
    private func canonical(_ json: String) throws -> String {
        try CallbackCanonicalString.of(JSONValue(parsing: Array(json.utf8), duplicates: .kept))
    }

    @Test func `is the published one for the published callback`() throws {
        let result = """
            {"terminalId":"TRMW0001","orderId":"108","paymentId":"2a663962-c954-4984-90e5-1d24c3305f7b",
             "status":"EXPIRED","amount":1775.00,"currency":"MDL","paymentType":"qr",
             "paymentDate":"2024-12-17T11:54:23"}
            """
        let published =
            "1775.00;MDL;108;2024-12-17T11:54:23;2a663962-c954-4984-90e5-1d24c3305f7b;qr;EXPIRED;TRMW0001"
        #expect(try canonical(result) == published)
        #expect(try canonical(result.replacing("1775.00", with: "1775")) == published)
        #expect(try canonical(result.replacing("1775.00", with: "1.775E3")) == published)
        #expect(try canonical(result.replacing("1775.00", with: #""1775.00""#)) == published)
    }

    @Test(arguments: [
        (#"{"amount":12.5,"currency":"MDL"}"#, "12.50;MDL"),
        (#"{"currency":"MDL","amount":100}"#, "100.00;MDL"),
        (#"{"status":"SUCCESS","swiftMessageId":null,"terminalId":"T"}"#, "SUCCESS;T"),
        // Capitals come before small letters, and an unknown member is signed like any other.
        (#"{"amount":1,"Zeta":"z","orderId":"o","extra":"e"}"#, "z;1.00;e;o"),
        // U+FF61 sorts before U+1F600, though its UTF-16 unit is the larger one.
        ("{\"\u{1F600}\":\"b\",\"\u{FF61}\":\"a\"}", "a;b"),
        (#"{"a":1.50,"b":true,"c":"","d":"x;y"}"#, "1.50;true;;x;y"),
        (#"{"amount":null}"#, ""),
        ("{}", ""),
    ])
    func `orders by name and prints only the amount anew`(result: String, text: String) throws {
        #expect(try canonical(result) == text)
    }

    @Test func `does not exist for a name that occurs twice or a value without text`() {
        #expect(throws: MiaRefusal.duplicateName) { try canonical(#"{"status":"A","x":1,"status":"B"}"#) }
        #expect(throws: MiaRefusal.notText("x")) { try canonical(#"{"x":{"y":1}}"#) }
        #expect(throws: MiaRefusal.notText("x")) { try canonical(#"{"x":[]}"#) }
        #expect(throws: MiaRefusal.badAmount) { try canonical(#"{"amount":10.005}"#) }
        #expect(throws: MiaRefusal.badAmount) { try canonical(#"{"amount":"12,50"}"#) }
    }
}
