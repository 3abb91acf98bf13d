// Reads configuration and remembers everything that is wrong with it, so that an operator fixes a deployment
// in one round. Values of secrets are never part of a complaint.
package import EventLoop
package import HTTPWire
package import Sealing

/// A program's environment. Read all keys, then call `finish()`; until then, wrong values read as harmless
/// stand-ins.
package struct Environment: Sendable {
    private let values: [String: String]
    /// One sentence for each problem found so far.
    package private(set) var problems: [String] = []

    package init(_ values: [String: String]) { self.values = values }

    private mutating func raw(_ key: ConfigKey) -> String? {
        if let value = values[key.name], !value.isEmpty { return value }
        if key.isRequired { problems.append("\(key.name) is not set: \(key.purpose)") }
        return key.standard
    }

    private mutating func complain(_ key: ConfigKey, _ what: String) {
        problems.append("\(key.name) \(what)")
    }

    /// Adds a problem that a program found itself, such as two settings that contradict each other.
    package mutating func complain(_ sentence: String) { problems.append(sentence) }

    /// The text, or "" where it is missing.
    package mutating func text(_ key: ConfigKey) -> String { raw(key) ?? "" }

    /// The text, or nil where it is absent and may be.
    package mutating func optionalText(_ key: ConfigKey) -> String? { raw(key) }

    /// A decimal integer within `range`.
    package mutating func integer(_ key: ConfigKey, in range: ClosedRange<Int>) -> Int {
        guard let text = raw(key) else { return range.lowerBound }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2D }), let value = Int(text) else {
            complain(key, "is not a whole number")
            return range.lowerBound
        }
        guard range.contains(value) else {
            complain(key, "must be within \(range.lowerBound) and \(range.upperBound)")
            return range.lowerBound
        }
        return value
    }

    /// A TCP port; 0 lets the kernel choose.
    package mutating func port(_ key: ConfigKey) -> UInt16 { UInt16(integer(key, in: 0...65_535)) }

    /// A span given in whole milliseconds, at most a day.
    package mutating func milliseconds(_ key: ConfigKey) -> Duration {
        .milliseconds(integer(key, in: 0...86_400_000))
    }

    package mutating func flag(_ key: ConfigKey) -> Bool {
        switch raw(key) {
        case nil, "false"?: return false
        case "true"?: return true
        default:
            complain(key, "must be true or false")
            return false
        }
    }

    /// A URL with http or https and a host, nil after a complaint.
    package mutating func url(_ key: ConfigKey) -> HTTPURL? {
        guard let text = raw(key) else { return nil }
        guard let url = HTTPURL(text) else {
            complain(key, "is not an http or https URL")
            return nil
        }
        return url
    }

    /// Numeric addresses and blocks such as `10.0.0.0/8`, joined by commas; `none` is none at all.
    package mutating func addressBlocks(_ key: ConfigKey) -> [AddressBlock] {
        guard let text = raw(key), text != "none" else { return [] }
        var blocks: [AddressBlock] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let block = AddressBlock(String(part)) else {
                complain(key, "takes numeric addresses and blocks such as 10.0.0.0/8, joined by commas")
                return []
            }
            blocks.append(block)
        }
        return blocks
    }

    /// The secret in the file that the variable names, one trailing newline removed; nil where it is absent
    /// and may be.
    package mutating func secret(_ key: ConfigKey) -> Secret? {
        guard let path = raw(key) else { return nil }
        do {
            let secret = try Secret(file: path)
            if secret.isEmpty { complain(key, "names an empty file") }
            return secret
        } catch {
            complain(key, "names a file that cannot be read")
            return nil
        }
    }

    /// Throws everything that was found, or returns.
    package func finish() throws(ConfigurationProblems) {
        if !problems.isEmpty { throw ConfigurationProblems(sentences: problems) }
    }
}

/// All that is wrong with a configuration, for the operator who starts the program.
package struct ConfigurationProblems: Error, Sendable, Equatable {
    package let sentences: [String]

    package init(sentences: [String]) { self.sentences = sentences }
}
