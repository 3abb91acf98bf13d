// What reached the fake Meta and the fake banks, for tests and for people who wonder. Secrets and tokens are
// struck out before anything is kept; what remains is test data.

import JSONWire
import World

/// One request that reached a fake, and how it was answered.
struct ReceivedRequest: Sendable {
    /// `meta` or `bank`.
    let service: String
    let at: Timestamp
    let method: String
    let path: String
    let bankId: String?
    let status: Int
    /// JSON where the sender sent JSON.
    let body: JSONValue?
    let answer: JSONValue?

    private static let struck: Set<String> = ["secretKey", "accessToken", "refreshToken"]

    init(
        service: String, at: Timestamp, method: String, path: String, bankId: String?, status: Int,
        body: [UInt8],
        answer: [UInt8]
    ) {
        self.service = service
        self.at = at
        self.method = method
        self.path = path
        self.bankId = bankId
        self.status = status
        self.body = Self.kept(body)
        self.answer = Self.kept(answer)
    }

    private static func kept(_ bytes: [UInt8]) -> JSONValue? {
        guard !bytes.isEmpty else { return nil }
        guard let json = try? JSONValue(parsing: bytes, duplicates: .kept) else {
            return .string("\(bytes.count) bytes that are not JSON")
        }
        guard case .object(let members) = json else { return json }
        return .object(
            members.map { struck.contains($0.name) ? JSONValue.Member($0.name, .string("***")) : $0 })
    }

    func write(to json: inout JSONWriter, number: Int64) {
        json.object { entry in
            entry.member("number", number)
            entry.member("at", at.description)
            entry.member("service", service)
            entry.member("method", method)
            entry.member("path", path)
            entry.member("bankId", ifAny: bankId)
            entry.member("status", Int64(status))
            if let body {
                entry.name("body")
                entry.value(body)
            }
            if let answer {
                entry.name("answer")
                entry.value(answer)
            }
        }
    }
}
