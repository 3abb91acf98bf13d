// Writes JSON text append-only, for bodies that are signed, compared byte by byte, or written thousands of
// times a second. The caller's order is the text's order. Misnested calls are bugs of ours and stop the
// program in debug builds.

/// A growing JSON text.
package struct JSONWriter: Sendable {
    /// How strings are written.
    package enum Escaping: Sendable {
        /// Only what RFC 8259 requires.
        case minimal
        /// As Meta writes its webhooks: everything above ASCII as `\u0103` with lowercase digits, and `/` as
        /// `\/`.
        case asMeta
    }

    /// The text so far.
    package private(set) var bytes: [UInt8]
    private let escaping: Escaping
    private var needsComma = false
    private var depth = 0

    /// `capacity` in bytes, to spare growth where the size is known.
    package init(escaping: Escaping = .minimal, capacity: Int = 256) {
        self.escaping = escaping
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    private mutating func separate() {
        if needsComma { bytes.append(0x2C) }
        needsComma = true
    }

    private mutating func open(_ byte: UInt8) {
        separate()
        bytes.append(byte)
        needsComma = false
        depth += 1
    }

    private mutating func close(_ byte: UInt8) {
        assert(depth > 0, "closed more than was opened")
        bytes.append(byte)
        needsComma = true
        depth -= 1
    }

    package mutating func beginObject() { open(0x7B) }
    package mutating func endObject() { close(0x7D) }
    package mutating func beginArray() { open(0x5B) }
    package mutating func endArray() { close(0x5D) }

    /// An object whose members `write` writes.
    package mutating func object<Failure: Error>(
        _ write: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        beginObject()
        try write(&self)
        endObject()
    }

    /// An array whose elements `write` writes.
    package mutating func array<Failure: Error>(
        _ write: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        beginArray()
        try write(&self)
        endArray()
    }

    /// A member's name; exactly one value follows.
    package mutating func name(_ name: String) {
        string(name)
        bytes.append(0x3A)
        needsComma = false
    }

    package mutating func string(_ text: String) {
        separate()
        bytes.append(0x22)
        switch escaping {
        case .minimal: for byte in text.utf8 { append(byte) }
        case .asMeta: for unit in text.utf16 { append(unit: unit) }
        }
        bytes.append(0x22)
    }

    package mutating func int(_ value: Int64) {
        separate()
        bytes.append(contentsOf: String(value).utf8)
    }

    package mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }
    package mutating func null() { literal("null") }

    /// A number exactly as its text is: amounts are formatted by `Money`, never by this writer.
    package mutating func number(_ number: JSONNumber) { literal(number.text) }

    /// A whole value cut from a text that was scanned before; nothing is checked again.
    package mutating func raw(_ slice: some Collection<UInt8>) {
        separate()
        bytes.append(contentsOf: slice)
    }

    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let flag): bool(flag)
        case .number(let number): self.number(number)
        case .string(let text): string(text)
        case .array(let items): array { for item in items { $0.value(item) } }
        case .object(let members):
            object {
                for member in members {
                    $0.name(member.name)
                    $0.value(member.value)
                }
            }
        }
    }

    private mutating func literal(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
    }

    private static let hex = Array("0123456789abcdef".utf8)

    @inline(__always)
    private mutating func append(_ byte: UInt8) {
        switch byte {
        case 0x22, 0x5C:
            bytes.append(0x5C)
            bytes.append(byte)
        case 0..<0x20: appendControl(byte)
        default: bytes.append(byte)
        }
    }

    private mutating func append(unit: UInt16) {
        if unit == 0x2F {
            bytes.append(0x5C)
            bytes.append(0x2F)
        } else if unit < 0x7F {
            append(UInt8(unit))
        } else {
            appendUnicode(unit)
        }
    }

    private mutating func appendControl(_ byte: UInt8) {
        let short: UInt8
        switch byte {
        case 0x08: short = 0x62
        case 0x09: short = 0x74
        case 0x0A: short = 0x6E
        case 0x0C: short = 0x66
        case 0x0D: short = 0x72
        default: return appendUnicode(UInt16(byte))
        }
        bytes.append(0x5C)
        bytes.append(short)
    }

    private mutating func appendUnicode(_ unit: UInt16) {
        bytes.append(0x5C)
        bytes.append(0x75)
        for shift in [12, 8, 4, 0] { bytes.append(JSONWriter.hex[Int(unit >> shift & 0xF)]) }
    }
}

extension JSONWriter {
    /// A member with a string value.
    package mutating func member(_ name: String, _ value: String) {
        self.name(name)
        string(value)
    }

    /// A member with a whole number.
    package mutating func member(_ name: String, _ value: Int64) {
        self.name(name)
        int(value)
    }

    /// A member with a boolean.
    package mutating func member(_ name: String, _ value: Bool) {
        self.name(name)
        bool(value)
    }

    /// A member that is left out where there is no value.
    package mutating func member(_ name: String, ifAny value: String?) {
        if let value { member(name, value) }
    }

    /// A member whose value is an object.
    package mutating func member<Failure: Error>(
        _ name: String, object write: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        self.name(name)
        try object(write)
    }

    /// A member whose value is an array.
    package mutating func member<Failure: Error>(
        _ name: String, array write: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        self.name(name)
        try array(write)
    }
}
