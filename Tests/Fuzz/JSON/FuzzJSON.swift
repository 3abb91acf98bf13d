// Fuzzes the JSON scanner against the tree that is built on it. Promised: no trap; both accept and refuse the
// same texts for the same reason; whatever is accepted is well formed inside (strings are UTF-8, numbers are
// numbers), and a tree that is written is the same tree when read.
import FuzzSupport
import JSONWire

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSON(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = FuzzInput(start, count)
    let surrogates: LoneSurrogates = input.choice.isMultiple(of: 2) ? .refused : .replaced
    let scanned = refusal { () throws(JSONFailure) in
        try JSONScanner.check(input.bytes, loneSurrogates: surrogates)
    }
    var tree: JSONValue?
    let parsed = refusal { () throws(JSONFailure) in
        tree = try JSONValue(parsing: input.bytes, duplicates: .kept, loneSurrogates: surrogates)
    }
    promise((scanned == nil) == (parsed == nil), "scanner \(scanned as Any), tree \(parsed as Any)")
    let strict = refusal { () throws(JSONFailure) in
        _ = try JSONValue(parsing: input.bytes, duplicates: .refused, loneSurrogates: surrogates)
    }
    promise(
        strict == nil ? parsed == nil : parsed != nil || strict?.reason == .duplicateName,
        "only a name that occurs twice is refused besides")
    guard let tree else { return 0 }
    var writer = JSONWriter(capacity: input.bytes.count)
    writer.value(tree)
    let again = try? JSONValue(parsing: writer.bytes, duplicates: .kept)
    promise(again == tree, "what is written is read as the same tree")
    return 0
}

private func refusal(_ work: () throws(JSONFailure) -> Void) -> JSONFailure? {
    do throws(JSONFailure) {
        try work()
        return nil
    } catch {
        return error
    }
}
