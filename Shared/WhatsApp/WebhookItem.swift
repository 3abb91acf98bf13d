// What one webhook delivery is made of: the units that are kept, deduplicated and worked on one by one. Types
// only; how a body becomes items is in `WebhookClassifier`, and what a service does with one is its own
// affair.

/// Which consumer works on an item. The raw value is the word in the database.
package enum WebhookLane: String, Sendable, CaseIterable {
    /// A person wrote, tapped or sent something: the command router's.
    case messages
    /// What became of a message that we sent: the notifier's.
    case statuses
    /// A payment status of WhatsApp Payments (India): the gateway's.
    case payments
    /// Everything about accounts, templates, numbers and identities, and whatever we do not understand.
    case account
}

/// What an item of the lane `account` is; written into its payload as `kind`.
package enum AccountKind: String, Sendable, CaseIterable {
    /// A whole change as Meta sent it: template, quality, identity and account events, and fields unknown to
    /// us.
    case change
    /// `value.errors`: something failed that belongs to no message.
    case errors
    /// A message written in a group. A till answers persons, so it is never a command.
    case groupMessage
    /// What the owner wrote from the phone app of a coexistence number. Never a command.
    case echo
    /// Old messages handed over when a coexistence number joins. Never commands.
    case history
    /// A signed delivery about another product than WhatsApp.
    case foreign
    /// A signed piece that could not be read: kept, so that nothing that Meta considers delivered is lost.
    case unreadable
}

/// One event out of a webhook delivery.
package struct WebhookItem: Sendable, Equatable {
    /// Who works on it.
    package var lane: WebhookLane
    /// What a redelivery of the same event repeats: the wamid of a message, `wamid|status[|member]` of a
    /// status. Nil: the event has no name of its own, and the keeper names it by a hash over `wabaId`,
    /// `eventAt` and `payload`.
    package var dedupKey: String?
    /// Meta's time of the event, in seconds since 1970; nil when it carries none. A redelivery repeats it.
    package var eventAt: Int64?
    /// The WhatsApp Business Account (`entry[].id`); empty when absent.
    package var wabaId: String
    /// The business number it came to; nil for account events.
    package var phoneNumberId: String?
    /// The person's phone in digits without plus, when Meta tells it. Optional since 2026.
    package var waId: String?
    /// The person's business-scoped user id, when Meta tells it.
    package var userId: String?
    /// True when this is the kind of act that opens or renews the 24 h customer service window.
    package var opensWindow: Bool
    /// JSON: `{"contact":{…},"message":{…}}`, `{"contact":{…},"status":{…}}` (the contact only when Meta sent
    /// one for this person) or `{"field":"…","kind":"…","wabaId":"…","value":…}`. The inner values are Meta's
    /// bytes, untouched.
    package var payload: [UInt8]

    package init(
        lane: WebhookLane, dedupKey: String?, eventAt: Int64?, wabaId: String, phoneNumberId: String?,
        waId: String?, userId: String?, opensWindow: Bool, payload: [UInt8]
    ) {
        self.lane = lane
        self.dedupKey = dedupKey
        self.eventAt = eventAt
        self.wabaId = wabaId
        self.phoneNumberId = phoneNumberId
        self.waId = waId
        self.userId = userId
        self.opensWindow = opensWindow
        self.payload = payload
    }
}
