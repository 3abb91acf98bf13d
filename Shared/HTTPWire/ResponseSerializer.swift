// Writes an answer. The framing fields are written here and only here, whatever the handler set, so an
// answer's length is always right and nothing in a field can start a line: HTTPHeaders holds no control
// octets.

extension HTTPResponse {
    /// Appends the wire form to `out`.
    /// - Parameters:
    ///   - keepAlive: false writes `connection: close`.
    ///   - date: an IMF-fixdate (`HTTPDate.imf`), made once a second by the server; nil writes none.
    ///   - headOnly: the answer to HEAD: the length of the body, but not the body.
    package func serialize(
        into out: inout [UInt8], keepAlive: Bool, date: String? = nil, headOnly: Bool = false
    ) {
        let status = (100...999).contains(status) ? status : 500
        let mayHaveBody = status >= 200 && status != 204 && status != 304
        out.append(contentsOf: "HTTP/1.1 ".utf8)
        out.append(decimal: status)
        out.append(contentsOf: HTTPStatus.reasonWithLineEnd(status).utf8)
        if mayHaveBody {
            out.append(contentsOf: "content-length: ".utf8)
            out.append(decimal: body.count)
            out.append(contentsOf: "\r\n".utf8)
        }
        if let date {
            out.append(contentsOf: "date: ".utf8)
            for octet in date.utf8 where Octets.isFieldValue(octet) { out.append(octet) }
            out.append(contentsOf: "\r\n".utf8)
        }
        if !keepAlive { out.append(contentsOf: "connection: close\r\n".utf8) }
        headers.serialize(into: &out)
        out.append(contentsOf: "\r\n".utf8)
        if mayHaveBody && !headOnly { out.append(contentsOf: body) }
    }

    /// What a server sends to a client that expects 100 (Continue).
    package static let continueLine = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
}

extension HTTPHeaders {
    /// Appends every field line but those of the framing.
    func serialize(into out: inout [UInt8]) {
        for field in fields where !isFraming(field) {
            out.append(contentsOf: octets[nameRange(field)])
            out.append(Octets.colon)
            out.append(Octets.space)
            out.append(contentsOf: octets[valueRange(field)])
            out.append(Octets.cr)
            out.append(Octets.lf)
        }
    }

    private func isFraming(_ field: Field) -> Bool {
        let range = nameRange(field)
        switch range.count {
        case 4: return Octets.equal(octets.span, range, "host") || Octets.equal(octets.span, range, "date")
        case 10: return Octets.equal(octets.span, range, "connection")
        case 14: return Octets.equal(octets.span, range, "content-length")
        case 17: return Octets.equal(octets.span, range, "transfer-encoding")
        default: return false
        }
    }
}

/// Reason phrases: for people who read the wire, ignored by programs.
enum HTTPStatus {
    /// ` OK` and the line end for 200; an unknown status has an empty phrase.
    static func reasonWithLineEnd(_ status: Int) -> String {
        switch status {
        case 200: " OK\r\n"
        case 201: " Created\r\n"
        case 202: " Accepted\r\n"
        case 204: " No Content\r\n"
        case 302: " Found\r\n"
        case 303: " See Other\r\n"
        case 304: " Not Modified\r\n"
        case 400: " Bad Request\r\n"
        case 401: " Unauthorized\r\n"
        case 403: " Forbidden\r\n"
        case 404: " Not Found\r\n"
        case 405: " Method Not Allowed\r\n"
        case 408: " Request Timeout\r\n"
        case 409: " Conflict\r\n"
        case 413: " Content Too Large\r\n"
        case 414: " URI Too Long\r\n"
        case 415: " Unsupported Media Type\r\n"
        case 417: " Expectation Failed\r\n"
        case 422: " Unprocessable Content\r\n"
        case 429: " Too Many Requests\r\n"
        case 431: " Request Header Fields Too Large\r\n"
        case 500: " Internal Server Error\r\n"
        case 501: " Not Implemented\r\n"
        case 502: " Bad Gateway\r\n"
        case 503: " Service Unavailable\r\n"
        case 504: " Gateway Timeout\r\n"
        case 505: " HTTP Version Not Supported\r\n"
        default: " \r\n"
        }
    }
}
