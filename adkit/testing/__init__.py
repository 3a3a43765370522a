"""Property-based tests of derivatives."""
