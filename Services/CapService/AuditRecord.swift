// A row of the trail as the bank's operators export it. The shape of `GET /admin/v1/audit`.
package import World

/// One answer or event, as it was written.
package struct AuditRecord: Codable, Sendable, Equatable {
    /// The trail's order, exactly; numbers may be left out.
    package var seq: Int64
    package var auditId: String
    package var at: Timestamp
    package var caller: String
    package var action: String
    /// `OK`, or the code of the refusal.
    package var outcome: String
    package var posUserId: String?
    package var merchantId: String?
    package var subject: String
    package var detail: [String: String]
    package var requestId: String
}

/// Where an export goes on: behind a row's number. Ids of rows, as given before there were numbers, still work.
struct AuditCursor: Sendable, Equatable {
    var seq: Int64?
    var auditId: String?

    /// Nil for what is neither.
    init?(_ text: String) {
        if text.isEmpty { return }
        if text.hasPrefix("aud_"), text.utf8.count <= 64 {
            auditId = text
        } else if let number = Int64(text), number >= 0, String(number) == text {
            seq = number
        } else {
            return nil
        }
    }
}
