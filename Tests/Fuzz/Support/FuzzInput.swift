// What the fuzzers share: the bytes libFuzzer offers as an array, ways to cut them that the input itself
// chooses, and how a broken promise stops the process so that libFuzzer keeps the input. No parser is
// imported here.

/// One input, its first byte taken off as the choice of how to use the rest.
package struct FuzzInput {
    /// 0...255, chosen by the fuzzer: a currency, a method, a seed for cuts.
    package let choice: Int
    /// What the parser under test gets.
    package let bytes: [UInt8]

    /// Called by each fuzzer's entry point with what libFuzzer handed over.
    package init(_ start: UnsafePointer<UInt8>?, _ count: Int) {
        let whole = Array(UnsafeBufferPointer(start: start, count: count))
        choice = whole.first.map { Int($0) } ?? 0
        bytes = Array(whole.dropFirst())
    }

    /// The bytes as text; what is not UTF-8 is replaced, as a message has passed a JSON scanner before.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The bytes in pieces: one by one for choice 0, else of 1 to 32 bytes by a generator seeded with it.
    package var pieces: [[UInt8]] {
        if choice == 0 { return bytes.map { [$0] } }
        var state = UInt64(choice), rest = bytes[...], pieces: [[UInt8]] = []
        while !rest.isEmpty {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            pieces.append(Array(rest.prefix(1 + Int(state >> 59))))
            rest = rest.dropFirst(1 + Int(state >> 59))
        }
        return pieces
    }
}

/// Stops the process when a promise does not hold; libFuzzer then writes the input down.
package func promise(_ holds: Bool, _ promised: @autoclosure () -> String) {
    if !holds { preconditionFailure("broken promise: \(promised())") }
}
