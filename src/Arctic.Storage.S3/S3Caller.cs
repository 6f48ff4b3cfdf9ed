using Amazon.Runtime;

namespace Arctic.Storage.S3;

/// <summary>
/// Makes requests: a time limit for each, and another try after a wait when it failed for the moment. The SDK's own retries are off, since only who counts the tries
/// knows whether an answer may have been lost. Thread-safe.
/// </summary>
internal sealed class S3Caller(S3Options options, TimeProvider time, Random random, S3Failures failures)
{
    private readonly Lock _lock = new();

    /// <summary>Makes a request that may be repeated.</summary>
    /// <param name="action">For messages: <c>read</c>, <c>list</c>.</param>
    /// <param name="location">The object or folder, for messages.</param>
    /// <param name="request">Makes one request and reads its whole answer.</param>
    /// <exception cref="Columnar.Errors.ArcticException">It failed for good, or too often.</exception>
    public async ValueTask<T> CallAsync<T>(string action, string location, Func<CancellationToken, Task<T>> request, CancellationToken cancellationToken)
    {
        for (var failed = 1; ; failed++)
        {
            try
            {
                return await TryAsync(request, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (IsFailure(e, cancellationToken))
            {
                if (IsLast(failed) || !S3Failures.IsMomentary(e))
                {
                    throw failures.Of(e, action, location);
                }
            }

            await WaitAsync(failed, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Makes a request once, within its time.</summary>
    public async ValueTask<T> TryAsync<T>(Func<CancellationToken, Task<T>> request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var limit = new CancellationTokenSource(options.RequestTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await request(either.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException && cancellationToken.IsCancellationRequested)
        {
            // A connection that is cut by the wish to stop breaks in many ways.
            throw new OperationCanceledException("The request was cancelled.", e, cancellationToken);
        }
    }

    /// <summary>Whether this is a failure of the store, not a bug nor the caller's wish.</summary>
    public static bool IsFailure(Exception e, CancellationToken cancellationToken) =>
        !cancellationToken.IsCancellationRequested && (e is AmazonClientException or AmazonServiceException || S3Failures.IsMomentary(e));

    /// <summary>Whether no try is left after so many failed ones.</summary>
    public bool IsLast(int failed) => failed > options.RetriesMax;

    /// <summary>Waits before the next try: twice as long each time, less a random part, so that writers who met do not meet again.</summary>
    public Task WaitAsync(int failed, CancellationToken cancellationToken)
    {
        double share;
        lock (_lock)
        {
            share = 0.5 + (random.NextDouble() / 2);
        }

        var wait = options.RetryWaitMin * Math.Pow(2, Math.Min(failed - 1, 30)) * share;
        return Task.Delay(wait < options.RetryWaitMax ? wait : options.RetryWaitMax, time, cancellationToken);
    }
}
