using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Amazon.Runtime;
using Arctic.Columnar.Errors;
using Arctic.Storage.ObjectStores;

namespace Arctic.Storage.S3;

/// <summary>Says what a failed request means for a store. Messages hold what the server said, without keys, tokens and signatures.</summary>
internal sealed partial class S3Failures(S3Options options)
{
    private static readonly string[] MomentaryCodes =
        ["SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeout", "RequestTimeoutException", "Throttling", "ThrottlingException", "TooManyRequests", "ConditionalRequestConflict", "OperationAborted"];

    private static readonly string[] IdentityCodes =
        ["AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired", "AccountProblem", "AllAccessDisabled", "InvalidSecurity"];

    private readonly string[] _secrets = new[] { options.SecretAccessKey, options.SessionToken, options.AccessKeyId }.OfType<string>().Where(s => s.Length > 0).ToArray();

    /// <summary>Whether the same request may succeed a little later.</summary>
    public static bool IsMomentary(Exception exception) => exception switch
    {
        AmazonServiceException { StatusCode: >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout } => true,
        AmazonServiceException e when MomentaryCodes.Contains(e.ErrorCode) => true,

        // An answer that broke off in its middle cannot be read.
        AmazonUnmarshallingException => true,
        HttpRequestException or IOException or SocketException or TimeoutException or OperationCanceledException => true,
        AmazonClientException e when IsAboutCredentials(e) => false,
        AmazonClientException { InnerException: { } inner } => inner is not AmazonServiceException && IsMomentary(inner),
        _ => false,
    };

    /// <summary>Whether the server did nothing: another request for the same key is under way, or it does not know such requests.</summary>
    public static bool HadNoEffect(Exception exception) => exception is AmazonServiceException { StatusCode: HttpStatusCode.Conflict or HttpStatusCode.NotImplemented };

    /// <summary>Whether the condition of the request did not hold.</summary>
    public static bool IsPreconditionFailed(Exception exception) => exception is AmazonServiceException { StatusCode: HttpStatusCode.PreconditionFailed };

    /// <summary>Whether the object, the bucket or the upload is not there.</summary>
    public static bool IsNotFound(Exception exception) => exception is AmazonServiceException { StatusCode: HttpStatusCode.NotFound };

    /// <summary>The error for an object that is not the one that was opened.</summary>
    public static ArcticException Replaced(string action, string location) =>
        new(ErrorCodes.StorageFailed, $"Cannot {action} '{location}': another object has taken its place since it was opened.");

    /// <summary>The error for a request that was given up.</summary>
    /// <param name="exception">What the client threw.</param>
    /// <param name="action">What was being done: <c>read</c>, <c>write</c>, <c>list</c>.</param>
    /// <param name="location">The object or folder.</param>
    public ArcticException Of(Exception exception, string action, string location) => exception switch
    {
        ArcticException own => own,
        AmazonServiceException service => OfService(service, action, location),
        _ when IsMomentary(exception) => new ArcticException(ErrorCodes.StorageFailed, $"Cannot {action} '{location}': {(exception is OperationCanceledException ? $"the request took longer than {options.RequestTimeout.TotalSeconds:0.###} s" : Clean(TextOf(exception)))}.")
        {
            Hint = options.Endpoint is null ? null : "Check 's3.endpoint', and that the store answers there.",
        },
        AmazonClientException client => OfClient(client, action, location),
        _ => new ArcticException(ErrorCodes.StorageFailed, $"Cannot {action} '{location}': {Clean(exception.Message)}."),
    };

    private ArcticException OfService(AmazonServiceException e, string action, string location)
    {
        var said = $"Cannot {action} '{location}': {Describe(e)}";
        if (e.ErrorCode == "NoSuchBucket")
        {
            return new ArcticException(action is "open" or "read" ? ErrorCodes.ObjectNotFound : ErrorCodes.StorageRefused, $"Cannot {action} '{location}': the bucket does not exist.")
            {
                Hint = "Create the bucket first, or check 's3.endpoint' and 's3.region'.",
            };
        }

        return e.StatusCode switch
        {
            HttpStatusCode.NotFound when e.ErrorCode == "NoSuchUpload" => new ArcticException(ErrorCodes.StorageFailed, $"Cannot {action} '{location}': its upload was aborted meanwhile, by a rule of the bucket or by somebody."),
            HttpStatusCode.NotFound => ObjectErrors.NotFound(location),
            HttpStatusCode.PreconditionFailed => Replaced(action, location),
            HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect or HttpStatusCode.Found => Refused("Set 's3.region' to the region of the bucket."),
            _ when e.ErrorCode == "AuthorizationHeaderMalformed" => Refused("Set 's3.region' to the region of the bucket."),
            _ when e.ErrorCode == "RequestTimeTooSkewed" => Refused("Set the clock of this machine."),
            HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized => Denied("Check the access key and what it may do in this bucket: s3:GetObject, s3:PutObject, s3:DeleteObject, s3:ListBucket."),
            _ when IdentityCodes.Contains(e.ErrorCode) => Denied("Check the access key, and whether it has expired."),
            HttpStatusCode.NotImplemented => Refused("The store does not know this request."),
            _ when IsMomentary(e) => new ArcticException(ErrorCodes.StorageFailed, said),
            HttpStatusCode.BadRequest or HttpStatusCode.MethodNotAllowed => Refused("The store does not take this request as we send it: check 's3.endpoint', 's3.region' and 's3.path-style-access'."),
            _ => new ArcticException(ErrorCodes.StorageFailed, said),
        };

        ArcticException Refused(string hint) => new(ErrorCodes.StorageRefused, said) { Hint = hint };
        ArcticException Denied(string hint) => new(ErrorCodes.AccessDenied, said) { Hint = hint };
    }

    private ArcticException OfClient(AmazonClientException e, string action, string location) =>
        IsAboutCredentials(e)
            ? new ArcticException(ErrorCodes.AccessDenied, $"Cannot {action} '{location}': no credentials were found.")
            {
                Hint = "Give 's3.access-key-id' and 's3.secret-access-key', or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile; 's3.anonymous' = 'true' for a public bucket.",
            }
            : new ArcticException(ErrorCodes.StorageFailed, $"Cannot {action} '{location}': {Clean(TextOf(e))}.");

    // The chain has no exception of its own.
    private static bool IsAboutCredentials(AmazonClientException e) => e.Message.Contains("credentials", StringComparison.OrdinalIgnoreCase);

    private string Describe(AmazonServiceException e)
    {
        var code = string.IsNullOrEmpty(e.ErrorCode) ? $"{(int)e.StatusCode}" : $"{(int)e.StatusCode} {Clean(e.ErrorCode)}";
        var request = string.IsNullOrEmpty(e.RequestId) ? "" : $" Request {Clean(e.RequestId)}.";
        return $"the store answered {code}: {Clean(e.Message).TrimEnd('.')}.{request}";
    }

    // The client's own words for a broken connection are less telling than the cause.
    private static string TextOf(Exception e) => (e.InnerException ?? e).Message.TrimEnd('.');

    /// <summary>A text of a server or a library, without what nobody may read in a log.</summary>
    private string Clean(string text)
    {
        foreach (var secret in _secrets)
        {
            text = text.Replace(secret, "***", StringComparison.Ordinal);
        }

        return Signature().Replace(text, "$1=***");
    }

    [GeneratedRegex("(X-Amz-[A-Za-z-]+|AWSAccessKeyId|Signature|Credential)=[^&\\s,'\"]+", RegexOptions.IgnoreCase)]
    private static partial Regex Signature();
}
