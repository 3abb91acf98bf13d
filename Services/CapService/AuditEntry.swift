// What one answer leaves behind: who asked, what came of it, and of whom it spoke. It is written before the
// answer leaves. No secret, token or whole phone number of an unknown person is in it.
import Contracts
import Observe
import World

/// A row of the trail.
struct AuditEntry: Sendable, Equatable {
    /// Past tense with dots, such as `seller.resolved`.
    var action: String
    /// `OK`, or the code of the refusal.
    var outcome = "OK"
    var caller: String
    var posUserId: String?
    var merchantId: String?
    /// What the row is about: an id, or a masked phone.
    var subject: String
    var detail: [String: String] = [:]

    init(
        _ action: String, caller: String?, posUserId: String? = nil, merchantId: String? = nil,
        subject: String = "",
        detail: [String: String] = [:]
    ) {
        self.action = action
        self.caller = caller ?? "unknown"
        self.posUserId = posUserId
        self.merchantId = merchantId
        self.subject = subject
        self.detail = detail
    }

    /// The last two digits only: enough to recognise one's own number, too little to learn another's.
    static func masked(phone: String) -> String {
        guard phone.utf8.count > 4 else { return "***" }
        return "***" + phone.suffix(2)
    }
}
