// Tells a broker that the bank has made sure who holds a seller's phone. What the line means is read by SellerRequest.
import Contracts
import FoundationEssentials
import HTTPClient
import HTTPWire
import Problem
import Sealing

extension Commands {
    /// `sellers …`: the exit code. 64: the line cannot be read; 1: refused, or no answer.
    package static func confirmSeller(_ words: [String], complain: (String) -> Void) async -> Int32 {
        do {
            let asked = try SellerRequest(words, environment: ProcessInfo.processInfo.environment)
            guard let url = HTTPURL(asked.broker) else {
                throw OperatorRequest.Misread("\(asked.broker) is no URL")
            }
            let tools = try Tools(tls: asked.tls.context())
            let broker = ServiceClient(
                http: tools.http, baseURL: url, token: try Secret(file: asked.tokenFile), caller: "tillctl",
                peer: "cap-svc")
            let done = try await broker.call(
                "POST", "/admin/v1/sellers/\(asked.posUserId)/confirmations",
                body: ConfirmHolder(phone: asked.phone), as: HolderConfirmation.self)
            print("\(done.posUserId) holds that phone, as of \(done.holderConfirmedAt)")
            return 0
        } catch let misread as OperatorRequest.Misread {
            complain("tillctl: \(misread)\n" + SellerRequest.usage)
            return 64
        } catch let problem as Problem {
            complain(
                "tillctl: \(problem.toUser) (\(problem.code)\(problem.toOperator.map { ", " + $0 } ?? ""))\n")
            return 1
        } catch {
            complain("tillctl: \(error)\n")
            return 1
        }
    }
}
