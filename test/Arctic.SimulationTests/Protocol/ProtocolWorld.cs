using Arctic.Dataflow.Checkpoints.Protocol;
using Arctic.Dataflow.Connectors;

namespace Arctic.SimulationTests.Protocol;

/// <summary>A checkpoint as the model's folder holds it.</summary>
internal sealed record ModelCheckpoint(long Id, IReadOnlyList<PassedOver> PassedOver, long Incarnation, int Position, bool IsFinal, IReadOnlyList<int>[] Committables);

/// <summary>A target: its rows, its mark, and the snapshots that remember marks until they expire.</summary>
internal sealed class ModelTable
{
    public List<int> Rows { get; } = [];

    public CommittedMark? Property { get; set; }

    public List<CommittedMark> Snapshots { get; } = [];

    public CommittedMark? FindMark(ProtocolRules rules) => rules.MarksOutliveSnapshots ? Property : Snapshots.Count == 0 ? null : Snapshots[^1];
}

/// <summary>What runs share and what outlives them: the job's folder, the targets, and requests whose answers were lost but which still arrive.</summary>
internal sealed class ProtocolWorld(Random random, ProtocolRules rules)
{
    public const int RowCount = 8;

    // Sent once when the source has ended, as an aggregate's result is.
    public const int EndRow = RowCount;

    public const int SinkCount = 2;

    public Random Random => random;

    public ProtocolRules Rules => rules;

    public SortedDictionary<long, bool> Claims { get; } = [];

    public SortedDictionary<long, ModelCheckpoint> Checkpoints { get; } = [];

    public HashSet<long> Damaged { get; } = [];

    public long? Finished { get; set; }

    public ModelTable[] Tables { get; } = [new ModelTable(), new ModelTable()];

    public List<Action> InFlight { get; } = [];

    /// <summary>Whether a run recorded that the job is done.</summary>
    public bool IsDone { get; set; }

    /// <summary>Whether files were broken or lost: then a job may stop.</summary>
    public bool IsHurt { get; set; }

    public bool IsCalm { get; set; }

    /// <summary>What was found wrong; null while all is well.</summary>
    public string? Violation { get; set; }

    public List<string>? Trace { get; init; }

    public static int SinkOf(int row) => row == EndRow ? 0 : row * 7 / 3 % SinkCount;

    public void Note(string text) => Trace?.Add(text);

    /// <summary>Makes a request: its effect may come now, never, or later, and its answer may be lost.</summary>
    /// <returns>The answer; null when it was lost.</returns>
    public bool? Request(Func<bool> effect)
    {
        switch (IsCalm ? 99 : random.Next(24))
        {
            case 0:
                return null;
            case 1:
                effect();
                return null;
            case 2:
                InFlight.Add(() => effect());
                return null;
            default:
                return effect();
        }
    }

    public bool CreateCheckpoint(ModelCheckpoint checkpoint)
    {
        if (rules.CheckpointsAreExclusive && Checkpoints.ContainsKey(checkpoint.Id))
        {
            return false;
        }

        Checkpoints[checkpoint.Id] = checkpoint;
        Damaged.Remove(checkpoint.Id);
        return true;
    }

    public bool CreateClaim(long claim)
    {
        if (Claims.ContainsKey(claim))
        {
            if (rules.ClaimsAreExclusive)
            {
                return false;
            }

            Violation ??= $"Two runs are incarnation {claim}.";
        }

        Claims[claim] = true;
        return true;
    }

    public void RecordFinished(long checkpoint) => Finished = Math.Max(Finished ?? 0, checkpoint);

    public void Damage()
    {
        if (Checkpoints.Count > 0 && Damaged.Count == 0)
        {
            var newest = Checkpoints.Keys.Last();
            Damaged.Add(newest);
            IsHurt = true;
            Note($"checkpoint {newest} is damaged");
        }
    }

    /// <summary>Whether a whole checkpoint looks damaged to whoever reads it now.</summary>
    public bool Misreads()
    {
        if (IsCalm || random.Next(50) > 0)
        {
            return false;
        }

        IsHurt = true;
        return true;
    }

    public void LoseCheckpoints()
    {
        Checkpoints.Clear();
        Damaged.Clear();
        IsHurt = true;
        Note("all checkpoints are lost");
    }

    public void ExpireSnapshots()
    {
        foreach (var table in Tables)
        {
            table.Snapshots.Clear();
        }
    }
}
