using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Arctic.Columnar.Errors;

namespace Arctic.Storage.S3;

/// <summary>Makes the SDK's client from our options.</summary>
internal static class S3Client
{
    private const string DefaultRegion = "us-east-1";

    /// <summary>Makes a client; nothing is sent, but the chain that finds a region may ask the machine.</summary>
    /// <exception cref="ArcticException"><c>INVALID_OPTION</c>: there is neither a region nor an endpoint.</exception>
    public static IAmazonS3 Create(S3Options options)
    {
        try
        {
            var config = ConfigOf(options);
            return CredentialsOf(options) is { } credentials ? new AmazonS3Client(credentials, config) : new AmazonS3Client(config);
        }
        catch (AmazonClientException e)
        {
            throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot reach S3: {e.Message.TrimEnd('.')}.")
            {
                Hint = "Give 's3.region' (or AWS_REGION) for Amazon, or 's3.endpoint' for another store.",
            };
        }
    }

    /// <summary>Whether requests for the bucket go to Amazon itself.</summary>
    public static bool IsAmazon(IAmazonS3 client, string bucket)
    {
        var host = new Uri(client.DetermineServiceOperationEndpoint(new GetBucketLocationRequest { BucketName = bucket }).URL).Host;
        return host.EndsWith(".amazonaws.com", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".amazonaws.com.cn", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>What the store knows of an object; null when there is none.</summary>
    public static async Task<GetObjectMetadataResponse?> FindAsync(IAmazonS3 client, S3Location at, CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = at.Bucket, Key = at.Key }, cancellationToken).ConfigureAwait(false);
        }
        catch (AmazonS3Exception e) when (S3Failures.IsNotFound(e))
        {
            return null;
        }
    }

    private static AmazonS3Config ConfigOf(S3Options options)
    {
        var config = new AmazonS3Config
        {
            ForcePathStyle = options.PathStyleAccess,

            // Retries are S3Caller's: a try that nobody counted would turn a commit of ours into a lost race.
            MaxErrorRetry = 0,
            MaxStaleConnectionRetries = 0,
            ConnectTimeout = options.ConnectTimeout,
            Timeout = Timeout.InfiniteTimeSpan,

            // Checksums of the SDK's own choice are unknown to most other stores; the payload is signed or travels in TLS.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (options.Endpoint is { } endpoint)
        {
            config.ServiceURL = endpoint;
            config.AuthenticationRegion = options.Region ?? DefaultRegion;
        }
        else if (options.Region is { } region)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        }

        return config;
    }

    private static AWSCredentials? CredentialsOf(S3Options options) => options switch
    {
        { Anonymous: true } => new AnonymousAWSCredentials(),
        { AccessKeyId: { } key, SecretAccessKey: { } secret, SessionToken: { } token } => new SessionAWSCredentials(key, secret, token),
        { AccessKeyId: { } key, SecretAccessKey: { } secret } => new BasicAWSCredentials(key, secret),
        _ => null,
    };
}
