// Everything the receiver reads from its environment, checked before anything starts.
import HTTPWire
package import Lifecycle
import Sealing

/// The settings of `callback-receiver`.
package struct CallbackConfig: Sendable {
    package static let gateway = ConfigKey.required(
        "TILL_GATEWAY_URL", .url, "Base URL of ecomm-gateway, which knows the payments.")
    package static let token = ConfigKey.required(
        "TILL_SERVICE_TOKEN_FILE", .secretFile, "This service's own token towards the gateway.")
    package static let workers = ConfigKey.standard(
        "TILL_CALLBACK_WORKERS", .integer, "32", "Callbacks verified at once.")

    /// Every variable that this program reads.
    package static let keys =
        CommonKeys.program + [CommonKeys.callers] + CommonKeys.database
        + [gateway, token, workers]

    let gatewayURL: HTTPURL
    let serviceToken: Secret
    let workers: Int

    /// Throws every problem at once.
    package init(_ environment: inout Environment) throws(ConfigurationProblems) {
        let url = environment.url(Self.gateway)
        let secret = environment.secret(Self.token)
        workers = environment.integer(Self.workers, in: 1...256)
        // Read here too, so that all problems come out together; `Setup.database` opens it.
        _ = environment.text(CommonKeys.databaseURL)
        try environment.finish()
        guard let url, let secret else {
            preconditionFailure("the configuration passed without a required value")
        }
        gatewayURL = url
        serviceToken = secret
    }
}
