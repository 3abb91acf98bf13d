// A row of the trail as the bank's operators export it. The shape of `GET /admin/v1/audit`.
package import World

/// One answer or event, as it was written.
package struct AuditRecord: Codable, Sendable, Equatable {
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
