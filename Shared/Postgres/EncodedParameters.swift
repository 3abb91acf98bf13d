// The parameters of one statement as the bytes that libpq copies out: one buffer, and where each value lies
// in it. Encoding a batch of hundreds of rows is appends into this buffer and nothing else.
import CPostgres

struct EncodedParameters {
    /// Bind counts parameters in 16 bits.
    static let countMax = 65_535
    /// A message of 1 GiB is the protocol's limit; ours is what one request may reasonably hold in memory.
    static let bytesMax = 64 << 20

    private(set) var bytes: [UInt8] = []
    /// Offset and length of each value; length -1 for NULL.
    private var places: [(offset: Int, length: Int)] = []
    let types: [PostgresType]

    init(_ values: [PostgresValue]) throws(PostgresError) {
        guard values.count <= Self.countMax else {
            throw PostgresError(
                .configuration, operatorText: "\(values.count) parameters, at most \(Self.countMax)")
        }
        types = values.map(\.type)
        places.reserveCapacity(values.count)
        for value in values {
            let start = bytes.count
            let present = value.append(to: &bytes)
            places.append((start, present ? bytes.count - start : -1))
        }
        guard bytes.count <= Self.bytesMax else {
            throw PostgresError(
                .configuration, operatorText: "\(bytes.count) bytes of parameters, at most \(Self.bytesMax)")
        }
    }

    /// Hands libpq its four arrays; the pointers are good inside `body` only. An empty value still needs a
    /// pointer, since NULL there means SQL's NULL, hence the one byte that every buffer has at least.
    func withPointers<Value>(
        _ body: (
            Int32, UnsafePointer<Oid>?, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?,
            UnsafePointer<Int32>?
        ) -> Value
    ) -> Value {
        let oids = types.map { Oid($0.rawValue) }
        let lengths = places.map { Int32(clamping: max(0, $0.length)) }
        let formats = [Int32](repeating: 1, count: places.count)
        let buffer = bytes.isEmpty ? [0] : bytes
        // SAFETY: every offset is within `buffer` (or at its end for an empty last value, which is never
        // read), and all five arrays outlive the call of `body`.
        return unsafe buffer.withUnsafeBytes { raw in
            let base = unsafe raw.baseAddress!.assumingMemoryBound(to: CChar.self)
            let pointers: [UnsafePointer<CChar>?] = unsafe places.map { place in
                unsafe place.length < 0 ? nil : base + place.offset
            }
            return unsafe pointers.withUnsafeBufferPointer { values in
                unsafe oids.withUnsafeBufferPointer { oids in
                    unsafe lengths.withUnsafeBufferPointer { lengths in
                        unsafe formats.withUnsafeBufferPointer { formats in
                            unsafe body(
                                Int32(places.count), oids.baseAddress, values.baseAddress,
                                lengths.baseAddress,
                                formats.baseAddress)
                        }
                    }
                }
            }
        }
    }
}
