// From what is to be told to the body that Meta takes: chat form and template form. Texts come from the Copy
// module or from the caller; this file only puts them where they belong.
package import Contracts
package import Copy
import FoundationEssentials
import JSONWire
package import Money
package import WhatsApp

/// What a message's content looks like in each form.
package struct MessageRendering: Sendable {
    package let content: MessageContent
    /// The wall clock of the business number, for times in receipts.
    package let place: WallClock

    package init(_ content: MessageContent, place: WallClock) {
        self.content = content
        self.place = place
    }

    /// The word in the `kind` column.
    package static func kind(_ content: MessageContent) -> String {
        switch content {
        case .text: "text"
        case .list: "list"
        case .link: "link"
        case .buttons: "buttons"
        case .document: "document"
        case .outcome: "outcome"
        }
    }

    /// The caller's content with sorted keys: what is stored and what a repeated key is compared with.
    package static func encoded(_ content: MessageContent) throws -> [UInt8] {
        try content.jsonBytes()
    }

    package static func decoded(_ bytes: [UInt8]) throws -> MessageContent {
        try MessageContent(jsonBytes: bytes)
    }

    /// The family of templates that say the same, where there is one.
    package var templateName: String? { Self.templateFamily(content) }

    /// The same, of content alone.
    package static func templateFamily(_ content: MessageContent) -> String? {
        switch content {
        case .outcome(let outcome): TemplateCatalogue.name(outcome.kind)
        case .text, .list, .link, .buttons, .document: nil
        }
    }

    /// The payment that a message speaks of: what the caller named, else what its content says.
    package static func subject(_ message: SendMessage) -> String? {
        if case .outcome(let outcome) = message.content { return message.subject ?? outcome.paymentId }
        return message.subject
    }

    /// What stands in the place of a link that is worth nothing any more: its line, and that it is over. The payment's
    /// end says how it ended, and asks for that are answered wherever they come from.
    package static func over(
        _ content: MessageContent, _ paymentId: String, _ language: Language
    ) -> MessageContent {
        guard case .link(let body, _, _) = content else { return content }
        let reference = PaymentView.reference(of: paymentId)
        let line = body.split(separator: "\n", maxSplits: 1).first.map(String.init) ?? ""
        let note = Catalogue.text(.linkOver, language, [.reference: reference])
        return .text([line, reference].joined(separator: " · ") + "\n\n" + note)
    }

    /// The file that has to be handed to Meta before the chat form can be sent. Throws what Meta would refuse.
    package func upload() throws(OutboundRefusal) -> MediaUpload? {
        guard case .document(_, let filename, let mediaType, let base64) = content else { return nil }
        guard let data = Data(base64Encoded: base64) else { throw .malformed(.file) }
        return try MediaUpload(
            filename: filename, mediaType: mediaType, bytes: Array(data),
            bytesMax: MessageContent.documentBytesMax)
    }

    /// The free-form message, for inside the window. `mediaId` is Meta's name of the uploaded file; content
    /// without a file ignores it.
    package func chat(_ language: Language, mediaId: String = "") -> OutboundBody.Content {
        switch content {
        case .text(let text): .text(text, previewsLink: false)
        case .list(let body, let button, let rows):
            .list(
                body: body, button: button,
                rows: rows.map { OutboundBody.Row(id: $0.id, title: $0.title, description: $0.description) })
        case .link(let body, let button, let url): .link(body: body, label: button, url: url)
        case .buttons(let body, let buttons):
            .replyButtons(
                body: body, buttons: buttons.map { OutboundBody.ReplyButton(id: $0.id, title: $0.title) })
        case .document(let caption, let filename, _, _):
            .document(mediaId: mediaId, filename: filename, caption: caption)
        case .outcome(let outcome): chat(outcome, language)
        }
    }

    /// An ended link that can be had again carries the handle as a button; anything else is one line of text.
    private func chat(_ outcome: PaymentOutcome, _ language: Language) -> OutboundBody.Content {
        let receipt = receipt(outcome)
        guard let handle = outcome.renewal, outcome.kind != .paid else {
            return .text(receipt.text(language), previewsLink: false)
        }
        let button = ReplyButton(
            renewing: handle, title: Receipt.renewalTitle(language, isRequest: receipt.isRequest))
        return .replyButtons(
            body: receipt.text(language, offersButton: true),
            buttons: [OutboundBody.ReplyButton(id: button.id, title: button.title)])
    }

    /// The template message, for outside the window; nil for content that has none. The values are written in
    /// the template's language, which may not be the person's.
    package func template(_ definition: TemplateDefinition) -> OutboundBody.Content? {
        guard case .outcome(let outcome) = content, let language = Language(rawValue: definition.language),
            TemplateCatalogue.family(definition.name) == templateName,
            let key = TemplateCatalogue.key(definition.name, of: outcome.kind.receipt)
        else {
            return nil
        }
        return .template(
            name: definition.name, language: definition.language,
            body: receipt(outcome).templateValues(key, language))
    }

    private func receipt(_ outcome: PaymentOutcome) -> Receipt {
        Receipt(
            outcome: outcome.receiptOutcome, amount: outcome.amount, at: outcome.at, place: place,
            description: outcome.description, tag: outcome.tag, isRequest: outcome.rail == .rtp)
    }
}
