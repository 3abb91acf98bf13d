// Why a text is not JSON that we accept, and where. It never carries a byte of the text itself: bodies hold
// names, numbers and messages of people, and failures end in logs.

/// A refusal by the scanner: the reason and the offset of the byte that gave it.
package struct JSONFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was wrong. `depthExceeded` and `duplicateName` are our own limits; the rest is RFC 8259.
    package enum Reason: String, Sendable {
        case unexpectedEnd, unexpectedByte, badLiteral, badNumber, badEscape, loneSurrogate, controlCharacter
        case invalidUTF8, depthExceeded, duplicateName, trailingBytes, notAnObject, notAnArray, notAString
    }

    /// What was wrong.
    package let reason: Reason
    /// Bytes from the start of the text.
    package let offset: Int

    /// Thrown by the scanner and by `JSONValue`.
    package init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    package var description: String { "JSON refused: \(reason.rawValue) at byte \(offset)" }
}
