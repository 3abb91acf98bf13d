// Fuzzes a bank's callback, which is read before its signature is known to be good: anybody can send one.
// Promised: no trap, and the signed text neither depends on how the members are ordered nor loses a value.
import FuzzSupport
import JSONWire
import Mia

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCallbacks(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    _ = try? MiaCallback(parsing: bytes)
    guard let value = try? JSONValue(parsing: bytes, duplicates: .kept) else { return 0 }
    let result = value["result"] ?? value
    guard case .object(let members) = result else { return 0 }
    let text = try? CallbackCanonicalString.of(result)
    let turned = try? CallbackCanonicalString.of(.object(members.reversed()))
    promise(text == turned, "the order of members does not matter")
    guard let text else { return 0 }
    let values = members.filter { !$0.value.isNull }
    let separators = values.reduce(0) { $0 + ($1.value.text.map(semicolons) ?? 0) } + max(values.count - 1, 0)
    let shown = values.contains { $0.name == "amount" && $0.value.text != nil }
    promise(shown || semicolons(text) == separators, "every value has its place")
    return 0
}

private func semicolons(_ text: String) -> Int { text.utf8.count { $0 == UInt8(ascii: ";") } }
