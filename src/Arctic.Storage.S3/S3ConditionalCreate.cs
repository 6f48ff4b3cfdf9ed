using System.Collections.Concurrent;
using Amazon.S3;
using Amazon.S3.Model;
using Arctic.Columnar.Errors;

namespace Arctic.Storage.S3;

/// <summary>
/// Creates an object if none is there. Each create carries a mark of its own, so that after a lost answer "it exists" can be told from "it is ours".
/// </summary>
internal sealed class S3ConditionalCreate(Lazy<IAmazonS3> client, S3Caller caller, S3Failures failures)
{
    private const string Mark = "arctic-create";
    private const string Condition = "*";
    private readonly ConcurrentDictionary<string, bool> _proven = new(StringComparer.Ordinal);

    /// <summary>Creates the object; what <see cref="Storage.ObjectStores.IObjectStore.CreateIfAbsentAsync"/> promises.</summary>
    public async ValueTask<bool> CreateAsync(S3Location at, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        await ProveAsync(at, cancellationToken).ConfigureAwait(false);
        return await CreateOnceAsync(at, content, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<bool> CreateOnceAsync(S3Location at, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var mark = Guid.NewGuid().ToString("N");
        var isAnswerMissing = false;
        for (var failed = 1; ; failed++)
        {
            try
            {
                await caller.TryAsync(token => client.Value.PutObjectAsync(RequestOf(at, content, mark), token), cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (Exception e) when (S3Failures.IsPreconditionFailed(e))
            {
                // Looked into even when no answer of ours is missing: proxies and clients repeat a PUT on their own.
                return await IsOursAsync(at, content, mark, isAnswerMissing, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (S3Caller.IsFailure(e, cancellationToken))
            {
                if (caller.IsLast(failed) || !S3Failures.IsMomentary(e))
                {
                    // A refusal is said of this request, not of one before it whose answer was lost.
                    var error = failures.Of(e, "create", at.ToString());
                    throw isAnswerMissing && error.Code != ErrorCodes.StorageFailed ? Unknown(at, "the answer was lost, and creating it again was refused", error) : error;
                }

                // Any failure that is not known to have had no effect may be an answer that was lost.
                isAnswerMissing |= !S3Failures.HadNoEffect(e);
            }

            await caller.WaitAsync(failed, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<bool> IsOursAsync(S3Location at, ReadOnlyMemory<byte> content, string mark, bool isAnswerMissing, CancellationToken cancellationToken)
    {
        try
        {
            var found = await caller.CallAsync("look at", at.ToString(), token => S3Client.FindAsync(client.Value, at, token), cancellationToken).ConfigureAwait(false);
            if (found is null)
            {
                return isAnswerMissing ? throw Unknown(at, "the answer was lost, an object was there, and it is gone", null) : false;
            }

            return found.Metadata.Keys.Any(k => k.EndsWith(Mark, StringComparison.OrdinalIgnoreCase))
                ? found.Metadata[Mark] == mark
                : isAnswerMissing && found.ContentLength == content.Length && await HasContentAsync(at, content, cancellationToken).ConfigureAwait(false);
        }
        catch (ArcticException e) when (e.Code != ErrorCodes.StorageFailed)
        {
            throw Unknown(at, "an object is there, and looking at it was refused", e);
        }
    }

    private static ArcticException Unknown(S3Location at, string what, ArcticException? cause) =>
        new(ErrorCodes.StorageFailed, $"Cannot tell whether '{at}' was created: {what}{(cause is null ? "" : $" ({cause.Message.TrimEnd('.')})")}.", cause) { Hint = cause?.Hint };

    // A store that does not keep marks: the content tells nearly as well.
    private async ValueTask<bool> HasContentAsync(S3Location at, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var reader = await S3ObjectReader.OpenAsync(client.Value, caller, at, cancellationToken).ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        var found = new byte[reader.Size];
        await reader.ReadAsync(0, found, cancellationToken).ConfigureAwait(false);
        return content.Span.SequenceEqual(found);
    }

    /// <summary>
    /// Many stores take the condition and do not look at it: there two writers would both win, silently. So an object of our own is created twice, once a bucket,
    /// before anything rests on it.
    /// </summary>
    private async ValueTask ProveAsync(S3Location at, CancellationToken cancellationToken)
    {
        if (_proven.ContainsKey(at.Bucket))
        {
            return;
        }

        if (!S3Client.IsAmazon(client.Value, at.Bucket))
        {
            var slash = at.Key.LastIndexOf('/');
            var probe = at with { Key = $"{at.Key[..(slash + 1)]}.arctic-probe-{Guid.NewGuid():N}" };
            var isHonoured = await IsHonouredAsync(probe, cancellationToken).ConfigureAwait(false);
            if (!isHonoured)
            {
                throw new ArcticException(
                    ErrorCodes.StorageRefused, $"Cannot create '{at}' atomically: the store ignores 'If-None-Match' on PUT, so that of two writers both would win.")
                {
                    Hint = "Use a release of the store with conditional writes, or commit through a REST catalog.",
                };
            }
        }

        _proven.TryAdd(at.Bucket, true);
    }

    private async ValueTask<bool> IsHonouredAsync(S3Location probe, CancellationToken cancellationToken)
    {
        try
        {
            await CreateOnceAsync(probe, "probe"u8.ToArray(), cancellationToken).ConfigureAwait(false);
            return !await CreateOnceAsync(probe, "probe"u8.ToArray(), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            try
            {
                await caller.CallAsync("delete", probe.ToString(), token => client.Value.DeleteObjectAsync(probe.Bucket, probe.Key, token), CancellationToken.None).ConfigureAwait(false);
            }
            catch (ArcticException)
            {
                // Who may write but not delete leaves an empty hidden object behind; the answer stands.
            }
        }
    }

    private static PutObjectRequest RequestOf(S3Location at, ReadOnlyMemory<byte> content, string mark)
    {
        var request = S3ObjectStore.PutOf(at, content);
        request.IfNoneMatch = Condition;
        request.Metadata[Mark] = mark;
        return request;
    }
}
