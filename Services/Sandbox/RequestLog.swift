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
    private let body: Kept?
    private let answer: Kept?

    /// JSON where the sender sent JSON: as it came, or as a tree where something had to be struck out of it.
    private enum Kept: Sendable {
        case text([UInt8])
        case tree(JSONValue)

        func write(_ name: String, to entry: inout JSONWriter) {
            entry.name(name)
            switch self {
            case .text(let bytes): entry.raw(bytes)
            case .tree(let value): entry.value(value)
            }
        }
    }

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

    private static func kept(_ bytes: [UInt8]) -> Kept? {
        guard !bytes.isEmpty else { return nil }
        let unread = Kept.tree(.string("\(bytes.count) bytes that are not JSON"))
        guard let holdsSecrets = try? holdsSecrets(bytes) else { return unread }
        guard holdsSecrets else { return .text(bytes) }
        guard case .object(let members)? = try? JSONValue(parsing: bytes, duplicates: .kept) else {
            return unread
        }
        return .tree(
            .object(
                members.map { struck.contains($0.name) ? JSONValue.Member($0.name, .string("***")) : $0 }))
    }

    /// Whether an object has a member that must not be kept. Throws for what is no JSON.
    private static func holdsSecrets(_ bytes: [UInt8]) throws(JSONFailure) -> Bool {
        var scanner = JSONScanner(bytes), found = false
        if try scanner.peek() == .object {
            try scanner.enterObject()
            while let name = try scanner.nextName() {
                found = found || struck.contains(scanner.decoded(name))
                try scanner.skipValue()
            }
        } else {
            try scanner.skipValue()
        }
        try scanner.finish()
        return found
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
            body?.write("body", to: &entry)
            answer?.write("answer", to: &entry)
        }
    }
}
