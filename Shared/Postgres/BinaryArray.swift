// PostgreSQL's binary form of a one-dimensional array (array_send and array_recv): five 32-bit numbers, then
// for each element its length (-1 for NULL) and its bytes. Written straight into one buffer; read with every
// length checked.

enum BinaryArray {
    /// What is wrong with an array's bytes, or with our expectation of them.
    enum Failure: Error, Equatable { case truncated, notOneDimensional, otherElements }

    /// Dimensions, whether NULLs occur, the elements' type, then length and lower bound of the only
    /// dimension.
    private static let headBytes = 20

    /// Appends `values`; `write` appends one element. An empty array has no dimension at all.
    static func append<Element>(
        _ values: [Element?], of type: PostgresType, to bytes: inout [UInt8],
        _ write: (Element, inout [UInt8]) -> Void
    ) {
        head(count: values.count, hasNulls: values.contains { $0 == nil }, of: type, to: &bytes)
        for value in values {
            guard let value else {
                bytes.appendBigEndian(Int32(-1))
                continue
            }
            let lengthAt = bytes.count
            bytes.appendBigEndian(Int32(0))
            write(value, &bytes)
            bytes.putBigEndian(Int32(clamping: bytes.count - lengthAt - 4), at: lengthAt)
        }
    }

    private static func head(count: Int, hasNulls: Bool, of type: PostgresType, to bytes: inout [UInt8]) {
        bytes.appendBigEndian(Int32(count == 0 ? 0 : 1))
        bytes.appendBigEndian(Int32(hasNulls ? 1 : 0))
        bytes.appendBigEndian(type.rawValue)
        guard count > 0 else { return }
        bytes.appendBigEndian(Int32(clamping: count))
        bytes.appendBigEndian(Int32(1))
    }

    /// The elements' bytes in order, nil for NULL. Throws when the lengths do not add up to `bytes` exactly,
    /// for more than one dimension, or when the elements are not of a type that `accepts` takes.
    static func elements(
        _ bytes: [UInt8], accepts: (PostgresType) -> Bool
    ) throws(Failure) -> [ArraySlice<UInt8>?] {
        guard bytes.count >= 12 else { throw .truncated }
        let dimensions = bytes.bigEndianInt32(at: 0)
        guard accepts(PostgresType(rawValue: UInt32(bitPattern: bytes.bigEndianInt32(at: 8)))) else {
            throw .otherElements
        }
        if dimensions == 0 { return [] }
        guard dimensions == 1 else { throw .notOneDimensional }
        guard bytes.count >= headBytes else { throw .truncated }
        let count = Int(bytes.bigEndianInt32(at: 12))
        // Each element takes four bytes at least, so a false count cannot make us reserve more than was
        // received.
        guard count >= 0, count <= (bytes.count - headBytes) / 4 else { throw .truncated }
        var elements: [ArraySlice<UInt8>?] = []
        elements.reserveCapacity(count)
        var index = headBytes
        for _ in 0..<count {
            guard index + 4 <= bytes.count else { throw .truncated }
            let length = Int(bytes.bigEndianInt32(at: index))
            index += 4
            if length == -1 {
                elements.append(nil)
                continue
            }
            guard length >= 0, length <= bytes.count - index else { throw .truncated }
            elements.append(bytes[index..<index + length])
            index += length
        }
        guard index == bytes.count else { throw .truncated }
        return elements
    }
}

extension [UInt8] {
    func bigEndianInt32(at index: Int) -> Int32 {
        Int32(self[index]) << 24 | Int32(self[index + 1]) << 16 | Int32(self[index + 2]) << 8
            | Int32(self[index + 3])
    }
}
