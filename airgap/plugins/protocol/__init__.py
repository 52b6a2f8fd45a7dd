"""What every embedded plugin shares: the gRPC server, property values, checks and diffs from declared input schemas."""
