// Meta's limits on what is sent, each by its own name, and the refusal that says which one a body breaks.

/// Why a body is not sent. Names the part, never its text.
package enum OutboundRefusal: Error, Equatable, Sendable {
    package enum Part: String, Sendable {
        case body, button, rowId, rowTitle, rowDescription, rows, buttons, buttonId, buttonTitle, url, label
        case recipient, callbackData, templateName, templateLanguage, templateParameter, replyTo
        case mediaId, filename, caption, mediaType, file
    }

    case empty(Part)
    /// Longer than `max` UTF-16 units.
    case tooLong(Part, is: Int, max: Int)
    /// More than `max` elements.
    case tooMany(Part, is: Int, max: Int)
    /// Two elements that must differ are the same.
    case duplicate(Part)
    /// Not of the form that the part must have.
    case malformed(Part)
}

/// The documented limits, in UTF-16 units unless the name says otherwise.
package enum OutboundLimits {
    package static let textMax = 4096
    package static let listBodyMax = 4096
    package static let listButtonMax = 20
    package static let rowsCountMax = 10
    package static let rowIdMax = 200
    package static let rowTitleMax = 24
    package static let rowDescriptionMax = 72
    package static let buttonsCountMax = 3
    package static let buttonIdMax = 256
    package static let buttonTitleMax = 20
    package static let interactiveBodyMax = 1024
    package static let urlMax = 2000
    package static let callbackDataMax = 512
    package static let captionMax = 1024
    /// Ours: Meta documents none, and file systems take 255 bytes or units.
    package static let filenameMax = 240
    package static let mediaIdMax = 256
    package static let templateNameMax = 512
    /// A whole template body is at most 1,024; one parameter cannot be longer than the whole.
    package static let templateParameterMax = 1024
    package static let phoneDigitsMin = 5
    package static let phoneDigitsMax = 20
}

extension OutboundBody {
    func check() throws(OutboundRefusal) {
        switch recipient {
        case .phone(let digits):
            let range = OutboundLimits.phoneDigitsMin...OutboundLimits.phoneDigitsMax
            guard range.contains(digits.utf8.count), digits.utf8.allSatisfy({ $0 &- 0x30 < 10 }) else {
                throw .malformed(.recipient)
            }
        case .user(let id):
            let bytes = Array(id.utf8)
            guard bytes.count >= 4, bytes.count <= 160, bytes[2] == 0x2E,
                bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
            else { throw .malformed(.recipient) }
        }
        if let callbackData { try require(callbackData, .callbackData, OutboundLimits.callbackDataMax) }
        if let replyTo, replyTo.isEmpty { throw .empty(.replyTo) }
        try content.check()
    }
}

func require(_ text: String, _ part: OutboundRefusal.Part, _ max: Int) throws(OutboundRefusal) {
    guard !text.utf8.isEmpty else { throw .empty(part) }
    let count = text.utf16.count
    guard count <= max else { throw .tooLong(part, is: count, max: max) }
}

extension OutboundBody.Content {
    func check() throws(OutboundRefusal) {
        switch self {
        case .text(let body, _): try require(body, .body, OutboundLimits.textMax)
        case .list(let body, let button, let rows):
            try require(body, .body, OutboundLimits.listBodyMax)
            try require(button, .button, OutboundLimits.listButtonMax)
            try check(rows)
        case .replyButtons(let body, let buttons):
            try require(body, .body, OutboundLimits.interactiveBodyMax)
            try check(buttons)
        case .link(let body, let label, let url):
            try require(body, .body, OutboundLimits.interactiveBodyMax)
            try require(label, .label, OutboundLimits.buttonTitleMax)
            try require(url, .url, OutboundLimits.urlMax)
            guard url.utf8.starts(with: "https://".utf8) || url.utf8.starts(with: "http://".utf8) else {
                throw .malformed(.url)
            }
        case .document(let mediaId, let filename, let caption):
            try require(mediaId, .mediaId, OutboundLimits.mediaIdMax)
            try MediaUpload.check(filename: filename)
            if let caption { try require(caption, .caption, OutboundLimits.captionMax) }
        case .template(let name, let language, let parameters):
            try require(name, .templateName, OutboundLimits.templateNameMax)
            guard name.utf8.allSatisfy({ $0 == 0x5F || (0x61...0x7A).contains($0) || $0 &- 0x30 < 10 }) else {
                throw .malformed(.templateName)
            }
            try require(language, .templateLanguage, 16)
            for parameter in parameters {
                let text = TemplateParameter.sanitized(parameter)
                try require(text, .templateParameter, OutboundLimits.templateParameterMax)
            }
        }
    }

    private func check(_ rows: [OutboundBody.Row]) throws(OutboundRefusal) {
        guard !rows.isEmpty else { throw .empty(.rows) }
        guard rows.count <= OutboundLimits.rowsCountMax else {
            throw .tooMany(.rows, is: rows.count, max: OutboundLimits.rowsCountMax)
        }
        for row in rows {
            try require(row.id, .rowId, OutboundLimits.rowIdMax)
            try require(row.title, .rowTitle, OutboundLimits.rowTitleMax)
            if let text = row.description {
                try require(text, .rowDescription, OutboundLimits.rowDescriptionMax)
            }
        }
        guard Set(rows.map(\.id)).count == rows.count else { throw .duplicate(.rowId) }
    }

    private func check(_ buttons: [OutboundBody.ReplyButton]) throws(OutboundRefusal) {
        guard !buttons.isEmpty else { throw .empty(.buttons) }
        guard buttons.count <= OutboundLimits.buttonsCountMax else {
            throw .tooMany(.buttons, is: buttons.count, max: OutboundLimits.buttonsCountMax)
        }
        for button in buttons {
            try require(button.id, .buttonId, OutboundLimits.buttonIdMax)
            try require(button.title, .buttonTitle, OutboundLimits.buttonTitleMax)
        }
        guard Set(buttons.map(\.title)).count == buttons.count else { throw .duplicate(.buttonTitle) }
        guard Set(buttons.map(\.id)).count == buttons.count else { throw .duplicate(.buttonId) }
    }
}

/// What may stand in a template's placeholder: one line, no tab, at most four spaces in a row. Anything else
/// and Meta refuses the whole message, so a merchant's name with a line break would cost a receipt.
package enum TemplateParameter {
    /// White space of every kind becomes single spaces, controls vanish, ends are trimmed.
    package static func sanitized(_ text: String) -> String {
        var out = String.UnicodeScalarView()
        var isAfterSpace = true
        for scalar in text.unicodeScalars {
            if scalar.properties.isWhitespace {
                if !isAfterSpace { out.append(" ") }
                isAfterSpace = true
            } else if scalar.properties.generalCategory != .control {
                out.append(scalar)
                isAfterSpace = false
            }
        }
        if out.last == " " { out.removeLast() }
        return String(out)
    }
}
