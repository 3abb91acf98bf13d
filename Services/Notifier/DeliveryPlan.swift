// What to do with one message at one moment: a chat message, a template, wait, or give up. Only the decision:
// the window and the catalogue are given, and the sender acts on the answer at once, because it is true only
// now.
package import Money
package import World

/// The answer for one message at one moment.
package enum DeliveryPlan: Hashable, Sendable {
    case chat
    /// The approved template, in the person's language or the one to fall back to.
    case template(TemplateDefinition)
    case hold(MessageReason)
    case expire

    /// What the message brings along.
    package struct Question: Sendable {
        /// The message has a free-form body. A message without one exists as a template only.
        package var hasChatForm: Bool
        /// The template that says the same, by name.
        package var templateName: String?
        /// Meta refused the chat form once already: from now on the template or nothing.
        package var templateOnly: Bool
        package var locale: Language
        /// After this moment nobody wants to hear it.
        package var notAfter: Timestamp?

        package init(
            hasChatForm: Bool, templateName: String?, templateOnly: Bool, locale: Language,
            notAfter: Timestamp?
        ) {
            self.hasChatForm = hasChatForm
            self.templateName = templateName
            self.templateOnly = templateOnly
            self.locale = locale
            self.notAfter = notAfter
        }
    }

    package static func decide(
        _ question: Question, window: Window, catalogue: TemplateCatalogue, now: Timestamp
    ) -> DeliveryPlan {
        if let notAfter = question.notAfter, now > notAfter { return .expire }
        if question.hasChatForm, !question.templateOnly, window.isOpen(at: now) { return .chat }
        guard let name = question.templateName else { return .hold(.windowClosed) }
        guard let template = catalogue.approved(name, locale: question.locale) else {
            return .hold(.templateMissing)
        }
        return .template(template)
    }
}
