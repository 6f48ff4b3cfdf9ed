using System.Globalization;
using Arctic.Columnar.Errors;

namespace Arctic.UnitTests.Fuzzing;

/// <summary>
/// Runs damaged inputs through a reader: it gives a result or an <see cref="ArcticException"/>, ends, and allocates no more than a bound. By hand:
/// <c>ARCTIC_FUZZ_ITERATIONS</c> and <c>ARCTIC_FUZZ_SEED</c>.
/// </summary>
internal static class Fuzzer
{
    private static readonly TimeSpan HangsAfter = TimeSpan.FromMinutes(1);

    /// <summary>The seed of this run; the same seed gives the same inputs.</summary>
    public static int Seed { get; } = ReadNumber("ARCTIC_FUZZ_SEED") ?? 20_261_127;

    /// <summary>Runs iterations; each has a random source of its own, so that one can be run again alone.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="iterations">In an ordinary test run.</param>
    /// <param name="bytesMax">The most that one iteration may allocate.</param>
    /// <param name="make">Makes a damaged input.</param>
    public static async Task RunAsync(string name, int iterations, long bytesMax, Func<Random, FuzzInput> make)
    {
        iterations = ReadNumber("ARCTIC_FUZZ_ITERATIONS") ?? iterations;
        var accepted = 0;
        for (var i = 0; i < iterations; i++)
        {
            var input = make(new Random(HashCode(Seed, i)));
            var run = Task.Run(() => RunOnceAsync(bytesMax, input.ReadAsync));
            try
            {
                accepted += await run.WaitAsync(HangsAfter) ? 1 : 0;
            }
            catch (Exception e) when (e is not ArcticException)
            {
                Assert.Fail($"{name}, seed {Seed}, iteration {i}: {(e is TimeoutException ? "it does not end" : e.ToString())}\n{input.What}, {input.Content.Length} bytes, kept in {Keep(name, i, input.Content)}");
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: seed {Seed}, {iterations} inputs, {accepted} accepted, {iterations - accepted} refused");
    }

    private static async Task<bool> RunOnceAsync(long bytesMax, Func<Task> readAsync)
    {
        var before = GC.GetTotalAllocatedBytes();
        var isAccepted = true;
        try
        {
            await readAsync();
        }
        catch (ArcticException)
        {
            isAccepted = false;
        }

        // Of all threads: a read changes them. No other test runs beside these.
        var allocated = GC.GetTotalAllocatedBytes() - before;
        return allocated <= bytesMax ? isAccepted : throw new InvalidOperationException($"{allocated:N0} bytes were allocated; the bound is {bytesMax:N0}.");
    }

    private static int HashCode(int seed, int iteration) => unchecked((seed * 486_187_739) + (iteration * 16_777_619));

    private static string Keep(string name, int iteration, byte[] input)
    {
        var path = Path.Combine(Path.GetTempPath(), $"arctic-fuzz-{name}-{Seed}-{iteration}");
        File.WriteAllBytes(path, input);
        return path;
    }

    private static int? ReadNumber(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <summary>Tests that measure what the process allocates, and so run alone.</summary>
[CollectionDefinition(nameof(FuzzCollection), DisableParallelization = true)]
public sealed class FuzzCollection;

/// <summary>A damaged input.</summary>
/// <param name="What">What it was made of.</param>
/// <param name="ReadAsync">Reads it to the end.</param>
internal sealed record FuzzInput(string What, byte[] Content, Func<Task> ReadAsync);
