// Writes a request. Host and the length are written here and only here; a target that is not visible ASCII is
// escaped rather than sent, and a method or host that cannot be written is refused, so nothing can be
// injected.

/// Appends the wire form of a request to `out`. Refuses a method that is no token and a host that is no
/// authority; nothing has been appended then. A length is written for every method that carries a body, also
/// when it is empty.
package func serializeRequest(
    method: String, target: String, host: String, headers: HTTPHeaders, body: [UInt8], into out: inout [UInt8]
) throws(HTTPRefusal) {
    guard !method.isEmpty, method.utf8.allSatisfy(Octets.isToken) else {
        throw HTTPRefusal(400, "a method that is no token")
    }
    guard !host.isEmpty, host.utf8.allSatisfy(Octets.isAuthority) else {
        throw HTTPRefusal(400, "a host that is no host")
    }
    out.append(contentsOf: method.utf8)
    out.append(Octets.space)
    if target.isEmpty { out.append(47) }
    for octet in target.utf8 {
        let isPlain = octet > 32 && octet < 127 && octet != 35
        if isPlain { out.append(octet) } else { PercentEncoding.appendEscape(octet, to: &out) }
    }
    out.append(contentsOf: " HTTP/1.1\r\nhost: ".utf8)
    out.append(contentsOf: host.utf8)
    out.append(contentsOf: "\r\n".utf8)
    headers.serialize(into: &out)
    if !body.isEmpty || method == "POST" || method == "PUT" || method == "PATCH" {
        out.append(contentsOf: "content-length: ".utf8)
        out.append(decimal: body.count)
        out.append(contentsOf: "\r\n".utf8)
    }
    out.append(contentsOf: "\r\n".utf8)
    out.append(contentsOf: body)
}

extension HTTPRequest {
    /// Appends the wire form of this request to `out`; the rules of `serializeRequest` hold.
    package func serialize(host: String, into out: inout [UInt8]) throws(HTTPRefusal) {
        try serializeRequest(
            method: method, target: target, host: host, headers: headers, body: body, into: &out)
    }
}
