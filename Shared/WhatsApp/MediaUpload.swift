// The body of `POST /{phone-number-id}/media`, with which a file is handed to Meta before it is sent, and the answer
// to it. A multipart form (RFC 7578) of three fields.
import JSONWire

/// One file to hand over. An upload reaches nobody: repeating one costs nothing but its bytes.
package struct MediaUpload: Sendable, Equatable {
    /// The type as the caller names it, and the one that it travels under. Meta refuses CSV by its own name and
    /// shows it by its file's ending all the same.
    private static let types = [
        "text/csv": "text/plain", "text/plain": "text/plain", "application/pdf": "application/pdf",
    ]

    package let filename: String
    /// What Meta is told.
    package let mediaType: String
    package let bytes: [UInt8]

    /// Throws what Meta would refuse: a type that it does not carry, a file's name that is none, an empty file or
    /// one of more than `bytesMax`.
    package init(filename: String, mediaType: String, bytes: [UInt8], bytesMax: Int) throws(OutboundRefusal) {
        try Self.check(filename: filename)
        guard let type = Self.types[mediaType] else { throw .malformed(.mediaType) }
        guard !bytes.isEmpty else { throw .empty(.file) }
        guard bytes.count <= bytesMax else { throw .tooLong(.file, is: bytes.count, max: bytesMax) }
        self.filename = filename
        self.mediaType = type
        self.bytes = bytes
    }

    /// A name for a file: no control character, nothing that a file system reads as a folder.
    static func check(filename: String) throws(OutboundRefusal) {
        try require(filename, .filename, OutboundLimits.filenameMax)
        let isPlain = filename.unicodeScalars.allSatisfy {
            $0.properties.generalCategory != .control && $0 != "/" && $0 != "\\"
        }
        guard isPlain, filename != ".", filename != ".." else { throw .malformed(.filename) }
    }

    /// What goes beside the body. `boundary` is 1 to 70 letters and digits that do not occur in the file: enough
    /// random ones never do.
    package static func contentType(boundary: String) -> String {
        "multipart/form-data; boundary=" + boundary
    }

    /// The body for that boundary.
    package func encoded(boundary: String) -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(bytes.count + 512)
        func field(_ disposition: String, _ value: some Collection<UInt8>) {
            body += "--\(boundary)\r\nContent-Disposition: form-data; name=\(disposition)\r\n\r\n".utf8
            body += value
            body += "\r\n".utf8
        }
        field("\"messaging_product\"", "whatsapp".utf8)
        field("\"type\"", mediaType.utf8)
        // RFC 7578 section 4.2 leaves names beyond ASCII to custom: UTF-8, and a quote as browsers write it.
        let name = filename.replacing("\"", with: "%22")
        field("\"file\"; filename=\"\(name)\"\r\nContent-Type: \(mediaType)", bytes)
        body += "--\(boundary)--\r\n".utf8
        return body
    }

    /// Meta's id of a file that it took, good for 30 days; nil when the answer is none.
    package static func id(parsing answer: [UInt8]) -> String? {
        guard let root = try? JSONValue(parsing: answer, duplicates: .kept, loneSurrogates: .replaced),
            let id = root["id"]?.filledText, id.utf16.count <= OutboundLimits.mediaIdMax
        else { return nil }
        return id
    }
}
