// One message as a phone shows it, whoever wrote it. This is what the page draws and what other programs read
// from the chat, so its members are an interface: add, never rename.

/// One bubble of a chat.
package struct Bubble: Codable, Sendable, Equatable {
    /// Who wrote it, seen from the phone.
    package enum Direction: String, Codable, Sendable {
        /// The person who holds the phone.
        case out
        /// The business.
        case `in`
    }

    /// What WhatsApp calls the message. A tap on a list row or a button is the person's text with a `rowId`.
    package enum Kind: String, Codable, Sendable {
        case text, cta_url, list, buttons, template, tap, document, image
    }

    /// The ticks beside an outgoing bubble: one, two, two blue. An incoming bubble has none to show.
    package enum Ticks: String, Codable, Sendable, CaseIterable {
        case sent, delivered, read, failed

        /// Ticks only ever move forward, because statuses overtake each other.
        var rank: Int {
            switch self {
            case .sent: 0
            case .delivered: 1
            case .read: 2
            case .failed: 3
            }
        }
    }

    /// A button under a bubble: with a URL it opens a page, without one it answers with its id.
    package struct Button: Codable, Sendable, Equatable {
        package var id: String?
        package var title: String
        package var url: String?
    }

    /// A list that opens as a sheet.
    package struct List: Codable, Sendable, Equatable {
        package struct Section: Codable, Sendable, Equatable {
            package var title: String?
            package var rows: [Row]
        }
        package struct Row: Codable, Sendable, Equatable {
            package var id: String
            package var title: String
            package var description: String?
        }
        /// The label of the button that opens it.
        package var button: String
        package var sections: [Section]
    }

    /// Which approved template a bubble was made from.
    package struct Template: Codable, Sendable, Equatable {
        package var name: String
        package var language: String
    }

    /// A file that came with the message.
    package struct Document: Codable, Sendable, Equatable {
        /// The uploaded file's id; nil for one that lies at an address of the business.
        package var mediaId: String?
        package var filename: String
        package var mimeType: String
        package var bytes: Int?
        /// Where the page downloads it.
        package var url: String
    }

    /// The message id that Meta's webhooks and answers carry.
    package var id: String
    package var direction: Direction
    package var kind: Kind
    package var text: String
    package var header: String?
    package var footer: String?
    package var buttons: [Button]?
    package var list: List?
    package var template: Template?
    package var document: Document?
    /// The row or button that a tap chose.
    package var rowId: String?
    /// The message this one answers.
    package var replyTo: String?
    package var status: Ticks
    /// Milliseconds since 1970, UTC.
    package var at: Int64

    package init(
        id: String, direction: Direction, kind: Kind, text: String, header: String? = nil,
        footer: String? = nil,
        buttons: [Button]? = nil, list: List? = nil, template: Template? = nil, document: Document? = nil,
        rowId: String? = nil,
        replyTo: String? = nil, status: Ticks = .sent, at: Int64
    ) {
        self.id = id
        self.direction = direction
        self.kind = kind
        self.text = text
        self.header = header
        self.footer = footer
        self.buttons = buttons
        self.list = list
        self.template = template
        self.document = document
        self.rowId = rowId
        self.replyTo = replyTo
        self.status = status
        self.at = at
    }

    /// The title of the row or button with this id, when the bubble offers it.
    func title(ofRow id: String) -> (title: String, description: String?, isListRow: Bool)? {
        if let row = list?.sections.lazy.flatMap(\.rows).first(where: { $0.id == id }) {
            return (row.title, row.description, true)
        }
        if let button = buttons?.first(where: { $0.id == id && $0.url == nil }) {
            return (button.title, nil, false)
        }
        return nil
    }
}
