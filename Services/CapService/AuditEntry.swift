// What one answer leaves behind: who asked, what came of it, and of whom it spoke. It is written before the
// answer leaves. No secret, token or whole phone number of an unknown person is in it.
import Contracts
import Observe

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
    /// Of the request that the task works for when the entry is made.
    var requestId: String
    /// Of a reported event: one row for each caller and key.
    var idempotencyKey: String?
    /// Its row is committed already: together with the change that it describes, with what was read for the answer,
    /// or once for all repeats of a report.
    var isWritten = false

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
        requestId = RequestContext.current?.requestID ?? "none"
    }

    /// An event as its reporter told it. `reporting` is the entry of the report's own answer.
    init(_ event: AuditEvent, idempotencyKey: String, requestId: String?, reporting: AuditEntry) {
        self = reporting
        action = event.action
        posUserId = event.posUserId
        merchantId = event.merchantId
        subject = event.subject
        detail = event.detail
        self.requestId = requestId ?? reporting.requestId
        self.idempotencyKey = idempotencyKey
    }

    /// The last two digits only: enough to recognise one's own number, too little to learn another's.
    static func masked(phone: String) -> String {
        guard phone.utf8.count > 4 else { return "***" }
        return "***" + phone.suffix(2)
    }
}
