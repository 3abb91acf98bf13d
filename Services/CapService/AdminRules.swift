// What an operator or a service may write into the broker, checked before it reaches SQL. Refusals name the
// field and never repeat its value.
import Contracts
import HTTPWire
import Observe
import Problem

enum AdminRules {
    private static let terminalsMax = 50
    private static let merchantsPerSellerMax = 50
    private static let detailEntriesMax = 20
    private static let secretBytesMax = 4_096

    /// E.164: a plus, then 8 to 15 digits that do not begin with zero.
    static func check(phone: String) throws(Problem) {
        let bytes = Array(phone.utf8)
        guard (9...16).contains(bytes.count), bytes[0] == UInt8(ascii: "+"), bytes[1] != UInt8(ascii: "0"),
            bytes.dropFirst().allSatisfy({ (0x30...0x39).contains($0) })
        else {
            throw Problem(
                .invalid, code: "INVALID_PHONE", toUser: "The field phone is E.164 with a leading +.")
        }
    }

    /// Ids are ours and the bank's: they stand in paths, logs and signed texts.
    static func check(id: String, _ field: String) throws(Problem) {
        let isPlain = id.utf8.allSatisfy {
            switch $0 {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2E, 0x2D: true
            default: false
            }
        }
        guard (1...64).contains(id.utf8.count), isPlain else {
            throw refused(field, "takes 1 to 64 of A-Z a-z 0-9 . _ -")
        }
    }

    static func check(_ merchant: PutMerchant) throws(Problem) {
        guard (1...100).contains(merchant.name.count), !merchant.name.contains(where: \.isNewline) else {
            throw refused("name", "has 1 to 100 characters on one line")
        }
        guard merchant.country.utf8.count == 2,
            merchant.country.utf8.allSatisfy({ (0x41...0x5A).contains($0) })
        else {
            throw refused("country", "is an ISO 3166-1 alpha-2 code")
        }
        guard HTTPURL(merchant.ecommBaseUrl) != nil, merchant.ecommBaseUrl.utf8.count <= 500 else {
            throw refused("ecommBaseUrl", "is an http or https URL")
        }
        guard (1...terminalsMax).contains(merchant.terminals.count),
            Set(merchant.terminals.map(\.terminalId)).count == merchant.terminals.count,
            merchant.terminals.allSatisfy({ !$0.paymentTypes.isEmpty })
        else { throw refused("terminals", "is 1 to \(terminalsMax) different terminals with payment types") }
        for terminal in merchant.terminals { try check(id: terminal.terminalId, "terminalId") }
        if let railId = merchant.railMerchantId { try check(id: railId, "railMerchantId") }
        for limit in [merchant.limits.perPayment, merchant.limits.perDay] {
            if let limit, limit <= 0 { throw refused("limits", "are more than 0 where they are set") }
        }
        if let secret = merchant.secretKey, !(1...secretBytesMax).contains(secret.utf8.count) {
            throw refused("secretKey", "has 1 to \(secretBytesMax) bytes")
        }
    }

    static func check(_ seller: PutSeller) throws(Problem) {
        try check(phone: seller.phone)
        guard seller.merchantIds.count <= merchantsPerSellerMax,
            Set(seller.merchantIds).count == seller.merchantIds.count
        else { throw refused("merchantIds", "is at most \(merchantsPerSellerMax) different merchants") }
        for id in seller.merchantIds { try check(id: id, "merchantIds") }
    }

    static func check(_ event: AuditEvent) throws(Problem) {
        try check(id: event.action, "action")
        if let id = event.posUserId { try check(id: id, "posUserId") }
        if let id = event.merchantId { try check(id: id, "merchantId") }
        guard event.subject.utf8.count <= 200, event.detail.count <= detailEntriesMax,
            event.detail.allSatisfy({ $0.key.utf8.count <= 64 && $0.value.utf8.count <= 500 })
        else { throw refused("detail", "is at most \(detailEntriesMax) short entries") }
    }

    /// Why an event of a batch cannot be a row; nil where it can.
    static func problem(of entry: AuditBatch.Entry) -> Problem? {
        let key = entry.idempotencyKey.utf8
        guard (1...200).contains(key.count), key.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return Problem(
                .invalid, code: "IDEMPOTENCY_KEY_INVALID",
                toUser: "The field idempotencyKey has 1 to 200 visible characters.")
        }
        if let id = entry.requestId, !RequestContext.isUsable(id) {
            return refused("requestId", "is no id of a request")
        }
        do throws(Problem) {
            try check(entry.event)
            return nil
        } catch { return error }
    }

    private static func refused(_ field: String, _ rule: String) -> Problem {
        Problem(.invalid, code: "INVALID_FIELD", toUser: "The field \(field) \(rule).")
    }
}
