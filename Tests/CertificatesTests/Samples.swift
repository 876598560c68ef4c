import Directory

/// Certificates made for these tests; nobody holds their keys.
enum Samples {
  /// Of a device, on a curve, with many names and an extension that nobody knows.
  static let deviceText = """
    MIICsTCCAlegAwIBAgIFAQIDBAUwCgYIKoZIzj0EAwIwazELMAkGA1UEBhMCU0UxFjAUBgNVBAoMDUNvbnRvc28sIE
    x0ZC4xEDAOBgNVBAsMB0RldmljZXMxEjAQBgNVBAMMCWRldmljZS0xNzEeMBwGCSqGSIb3DQEJARYPYW5uQGNvbnRv
    c28uY29tMB4XDTI2MTEyMzAxNTk0MloXDTM2MTEyMDAxNTk0MlowazELMAkGA1UEBhMCU0UxFjAUBgNVBAoMDUNvbn
    Rvc28sIEx0ZC4xEDAOBgNVBAsMB0RldmljZXMxEjAQBgNVBAMMCWRldmljZS0xNzEeMBwGCSqGSIb3DQEJARYPYW5u
    QGNvbnRvc28uY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE7s3Vm6/RaBS5fx+/QUzeEK7sdJdWmNvrfV4yKg
    Kz64M3DM6vXLm2AzHDiyqkkjz0o9ZXMSowlAa39LEISOP+RKOB5zCB5DAMBgNVHRMBAf8EAjAAMA4GA1UdDwEB/wQE
    AwIHgDCBgQYDVR0RBHoweIIVZGV2aWNlLTE3LmNvbnRvc28uY29tghJzZWNvbmQuY29udG9zby5jb22BEG1haWxAY2
    9udG9zby5jb22GGGh0dHBzOi8vY29udG9zby5jb20vZC8xN6AfBgorBgEEAYI3FAIDoBEMD2FubkBjb250b3NvLmNv
    bTAhBgsqhkiG9xQBBYIcAgQSBBAAAQIDBAUGBwgJCgsMDQ4PMB0GA1UdDgQWBBQ8uH+URlFdcDSMk41tFJsPs0ycfT
    AKBggqhkjOPQQDAgNIADBFAiEAs7bZUPQ1UhZF9Xdd9jvBKemLDvn92gqRtGmLpCn9PsUCIBkGGxE/g/OYAeqjACtC
    j45nespYxITinJaxDZhjEoRL
    """

  /// Of an authority in a domain, with RSA and a quote in its name.
  static let rootText = """
    MIIByjCCAXSgAwIBAgIDAP8BMA0GCSqGSIb3DQEBCwUAMEExEzARBgoJkiaJk/IsZAEZFgNjb20xFzAVBgoJkiaJk/
    IsZAEZFgdjb250b3NvMREwDwYDVQQDDAhSb290ICJBIjAgFw0yNjExMjMwMTU5NDJaGA8yMTI2MTAzMDAxNTk0Mlow
    QTETMBEGCgmSJomT8ixkARkWA2NvbTEXMBUGCgmSJomT8ixkARkWB2NvbnRvc28xETAPBgNVBAMMCFJvb3QgIkEiMF
    wwDQYJKoZIhvcNAQEBBQADSwAwSAJBAMPsVWN/RdYG0U8Ll4vTvMKaBjbVxW/ubiwIswT7rEpABcyJIz3+JBwm4ABm
    /7+OblAR+Y5vz0tSTagv4tXyze8CAwEAAaNTMFEwHQYDVR0OBBYEFCpAT8DwXHLrosN0Ot0UcsnQGvwTMB8GA1UdIw
    QYMBaAFCpAT8DwXHLrosN0Ot0UcsnQGvwTMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADQQCxyxcm+snh
    MIRXbosd/6VJRQSxxEz5TjK3AdyYF33RmYYPr8GV5aPMiJ6yrwG2oItp15+zP8pNehWF6+02FP2A
    """

  /// The bytes of one of them.
  static func bytes(_ text: String) -> [UInt8] {
    Base64.decode(text.utf8.filter { $0 != 0x0A && $0 != 0x20 }) ?? []
  }
}
