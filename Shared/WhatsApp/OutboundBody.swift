// The bodies of `POST /{phone-number-id}/messages` of the Cloud API, checked against Meta's limits before
// they are sent: a body that is refused there costs a message to a person. What is said, and when, is decided
// elsewhere.
import JSONWire

/// One message to send.
package struct OutboundBody: Sendable, Equatable {
    /// Whom it goes to. A phone is preferred where both are known: sending to it keeps it visible for 30 days
    /// more.
    package enum Recipient: Sendable, Equatable {
        /// Digits without plus, 5 to 20 of them; written with a plus, since without it Meta prepends a
        /// country code.
        case phone(String)
        /// A business-scoped user id.
        case user(String)
    }

    package struct Row: Sendable, Equatable {
        package var id: String
        package var title: String
        package var description: String?

        package init(id: String, title: String, description: String? = nil) {
            self.id = id
            self.title = title
            self.description = description
        }
    }

    package struct ReplyButton: Sendable, Equatable {
        package var id: String
        package var title: String

        package init(id: String, title: String) {
            self.id = id
            self.title = title
        }
    }

    /// What is sent. Lengths are in UTF-16 units; Meta does not say its unit, and this one never undercounts.
    package enum Content: Sendable, Equatable {
        /// At most 4,096.
        case text(String, previewsLink: Bool)
        /// Body at most 4,096, button 20; one to ten rows of id 200, title 24, description 72.
        case list(body: String, button: String, rows: [Row])
        /// Body at most 1,024; one to three buttons of id 256, title 20, titles all different.
        case replyButtons(body: String, buttons: [ReplyButton])
        /// Body at most 1,024, label 20, an http or https address of at most 2,000.
        case link(body: String, label: String, url: String)
        /// A file that Meta has taken before (`MediaUpload`). Caption at most 1,024, file's name 240.
        case document(mediaId: String, filename: String, caption: String?)
        /// An approved template with positional body parameters, which are flattened to one line each.
        case template(name: String, language: String, body: [String])
    }

    package var recipient: Recipient
    package var content: Content
    /// Comes back in every status: our own id of the message, at most 512. No personal data.
    package var callbackData: String?
    /// The wamid that is quoted. Ignored by Meta's clients for templates, so left out there.
    package var replyTo: String?
    /// The identity key that the message is for: Meta delivers it to no other and says 137000 instead. Left out for
    /// user ids, of which no source says that they may be checked so.
    package var identityKeyHash: String?

    package init(
        to recipient: Recipient, _ content: Content, callbackData: String? = nil, replyTo: String? = nil,
        identityKeyHash: String? = nil
    ) {
        self.recipient = recipient
        self.content = content
        self.callbackData = callbackData
        self.replyTo = replyTo
        self.identityKeyHash = identityKeyHash
    }

    /// The JSON body. Throws what Meta would refuse; called by the notifier right before sending.
    package func encoded() throws(OutboundRefusal) -> [UInt8] {
        try check()
        var writer = JSONWriter(capacity: 512)
        writer.object {
            $0.member("messaging_product", "whatsapp")
            $0.member("recipient_type", "individual")
            switch recipient {
            case .phone(let digits):
                $0.member("to", "+" + digits)
                $0.member("recipient_identity_key_hash", ifAny: identityKeyHash)
            case .user(let id): $0.member("recipient", id)
            }
            if let replyTo, !content.isTemplate {
                $0.member("context", object: { $0.member("message_id", replyTo) })
            }
            content.write(&$0)
            $0.member("biz_opaque_callback_data", ifAny: callbackData)
        }
        return writer.bytes
    }

    /// Marks an inbound message (and those before it) as read; `typing` shows "typing…" until the answer or
    /// for 25 s.
    package static func readReceipt(wamid: String, typing: Bool = false) -> [UInt8] {
        var writer = JSONWriter(capacity: 192)
        writer.object {
            $0.member("messaging_product", "whatsapp")
            $0.member("status", "read")
            $0.member("message_id", wamid)
            if typing { $0.member("typing_indicator", object: { $0.member("type", "text") }) }
        }
        return writer.bytes
    }
}

extension OutboundBody.Content {
    var isTemplate: Bool {
        if case .template = self { return true }
        return false
    }

    func write(_ writer: inout JSONWriter) {
        switch self {
        case .text(let body, let previewsLink):
            writer.member("type", "text")
            writer.member(
                "text",
                object: {
                    $0.member("preview_url", previewsLink)
                    $0.member("body", body)
                })
        case .list(let body, let button, let rows):
            interactive("list", body, &writer) { action in
                action.member("button", button)
                action.member(
                    "sections",
                    array: {
                        $0.object { section in
                            section.member("rows", array: { list in for row in rows { row.write(&list) } })
                        }
                    })
            }
        case .replyButtons(let body, let buttons):
            interactive("button", body, &writer) { action in
                action.member("buttons", array: { list in for button in buttons { button.write(&list) } })
            }
        case .link(let body, let label, let url):
            interactive("cta_url", body, &writer) { action in
                action.member("name", "cta_url")
                action.member(
                    "parameters",
                    object: {
                        $0.member("display_text", label)
                        $0.member("url", url)
                    })
            }
        case .document(let mediaId, let filename, let caption):
            writer.member("type", "document")
            writer.member(
                "document",
                object: {
                    $0.member("id", mediaId)
                    $0.member("filename", filename)
                    $0.member("caption", ifAny: caption)
                })
        case .template(let name, let language, let parameters):
            writer.member("type", "template")
            writer.member("template", object: { writeTemplate(name, language, parameters, &$0) })
        }
    }

    private func interactive(
        _ type: String, _ body: String, _ writer: inout JSONWriter, action: (inout JSONWriter) -> Void
    ) {
        writer.member("type", "interactive")
        writer.member(
            "interactive",
            object: {
                $0.member("type", type)
                $0.member("body", object: { $0.member("text", body) })
                $0.member("action", object: action)
            })
    }

    private func writeTemplate(
        _ name: String, _ language: String, _ parameters: [String], _ writer: inout JSONWriter
    ) {
        writer.member("name", name)
        writer.member("language", object: { $0.member("code", language) })
        guard !parameters.isEmpty else { return }
        writer.member(
            "components",
            array: {
                $0.object { component in
                    component.member("type", "body")
                    component.member(
                        "parameters",
                        array: { list in
                            for parameter in parameters {
                                list.object {
                                    $0.member("type", "text")
                                    $0.member("text", TemplateParameter.sanitized(parameter))
                                }
                            }
                        })
                }
            })
    }
}

extension OutboundBody.Row {
    func write(_ writer: inout JSONWriter) {
        writer.object {
            $0.member("id", id)
            $0.member("title", title)
            $0.member("description", ifAny: description)
        }
    }
}

extension OutboundBody.ReplyButton {
    func write(_ writer: inout JSONWriter) {
        writer.object {
            $0.member("type", "reply")
            $0.member(
                "reply",
                object: {
                    $0.member("id", id)
                    $0.member("title", title)
                })
        }
    }
}
