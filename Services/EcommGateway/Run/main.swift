// The program: the gateway's wiring in the process that Lifecycle owns.
import EcommGateway
import Lifecycle

await Program.run(name: "ecomm-gateway", schema: EcommGatewaySchema.schema) { setup in
    try await EcommGatewayService.start(setup)
}
