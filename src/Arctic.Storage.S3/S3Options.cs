using Arctic.Columnar.Errors;
using Arctic.Columnar.Options;

namespace Arctic.Storage.S3;

/// <summary>How S3 is reached: options of catalogs and sessions, and what REST catalogs hand out. Keys are Iceberg's; Flink's spellings count too.</summary>
public sealed record S3Options
{
    private const long PartBytesMin = 5L << 20;
    private const long PartBytesMax = 1L << 30;

    /// <summary>The address of a store that is not Amazon's: an http or https URI. None for Amazon, or for what <c>AWS_ENDPOINT_URL_S3</c> or the profile says.</summary>
    [Option("s3.endpoint")]
    public string? Endpoint { get; init; }

    /// <summary>The region. None for what <c>AWS_REGION</c>, the profile or the machine says; <c>us-east-1</c> where an endpoint is given.</summary>
    [Option("s3.region", Aliases = ["client.region", "s3.endpoint.region"])]
    public string? Region { get; init; }

    /// <summary>The access key. None for the usual chain: environment, profile, web identity, container, machine.</summary>
    [Option("s3.access-key-id", Aliases = ["s3.access-key"], IsSecret = true)]
    public string? AccessKeyId { get; init; }

    /// <summary>The secret of the access key.</summary>
    [Option("s3.secret-access-key", Aliases = ["s3.secret-key"], IsSecret = true)]
    public string? SecretAccessKey { get; init; }

    /// <summary>The token of temporary keys.</summary>
    [Option("s3.session-token", IsSecret = true)]
    public string? SessionToken { get; init; }

    /// <summary>Whether requests are not signed at all, for public buckets.</summary>
    [Option("s3.anonymous")]
    public bool Anonymous { get; init; }

    /// <summary>Whether the bucket stands in the path of the URL, not in the host: most stores that are not Amazon's need it.</summary>
    [Option("s3.path-style-access", Aliases = ["s3.path.style.access"])]
    public bool PathStyleAccess { get; init; }

    /// <summary>Objects larger than this are written in parts of this size; 5 mb to 1 gb. S3 takes 10,000 parts an object.</summary>
    [Option("s3.multipart.part-size-bytes")]
    public ByteSize PartSize { get; init; } = new(8L << 20);

    /// <summary>The parts of one object that may be on their way at a time; the memory of a writer is one part more.</summary>
    [Option("s3.multipart.num-threads")]
    public int PartsInFlightMax { get; init; } = 3;

    /// <summary>How long making a connection may take.</summary>
    [Option("s3.connect-timeout")]
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one request with its answer may take before it is made again.</summary>
    [Option("s3.request-timeout")]
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often a request that failed for the moment is made again.</summary>
    [Option("s3.retry.num-retries")]
    public int RetriesMax { get; init; } = 5;

    /// <summary>The wait before the first retry; it doubles with each, with a random part.</summary>
    [Option("s3.retry.min-wait-ms")]
    public TimeSpan RetryWaitMin { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest wait before a retry.</summary>
    [Option("s3.retry.max-wait-ms")]
    public TimeSpan RetryWaitMax { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Which store it is, without keys.</summary>
    public override string ToString() => $"S3Options {{ Endpoint = {Endpoint}, Region = {Region}, PathStyleAccess = {PathStyleAccess} }}";

    /// <summary>Checks what the parts promise each other.</summary>
    /// <returns>These options.</returns>
    /// <exception cref="ArcticException"><c>INVALID_OPTION</c>.</exception>
    internal S3Options Check()
    {
        // A value that is a secret, or may be one in the wrong place, is never repeated.
        Require(Endpoint is null || (Uri.TryCreate(Endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0),
            "'s3.endpoint' must be an http or https URI without a user, such as 'https://minio.example:9000'");
        Require(AccessKeyId is null == SecretAccessKey is null, "'s3.access-key-id' and 's3.secret-access-key' belong together, and only one is given");
        Require(SessionToken is null || AccessKeyId is not null, "'s3.session-token' needs 's3.access-key-id' and 's3.secret-access-key'");
        Require(!Anonymous || AccessKeyId is null, "'s3.anonymous' is true, and there is an access key too");
        Require(PartSize.Bytes is >= PartBytesMin and <= PartBytesMax, "'s3.multipart.part-size-bytes' must be from 5 mb to 1 gb");
        Require(PartsInFlightMax is >= 1 and <= 64, "'s3.multipart.num-threads' must be from 1 to 64");
        Require(RetriesMax is >= 0 and <= 100, "'s3.retry.num-retries' must be from 0 to 100");
        Require(ConnectTimeout > TimeSpan.Zero && RequestTimeout > TimeSpan.Zero, "'s3.connect-timeout' and 's3.request-timeout' must be more than 0");
        Require(RetryWaitMin >= TimeSpan.Zero && RetryWaitMax >= RetryWaitMin, "'s3.retry.max-wait-ms' must not be less than 's3.retry.min-wait-ms'");
        return this;
    }

    private static void Require(bool isTrue, string otherwise)
    {
        if (!isTrue)
        {
            throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot use S3: {otherwise}.");
        }
    }
}
